"""The cookies a browser is given: never readable by scripts, never sent over plain HTTP or by other sites."""

from datetime import datetime

from scrm.sessions.presence import COOKIE

LOGIN_COOKIE = "scrm_login"
_FLAGS = "HttpOnly; Secure; SameSite=Lax"


def session_cookie(text: str, ends_at: int, now: datetime) -> str:
    """Return the cookie that holds a session until it ends for good."""
    age = max(0, ends_at - int(now.timestamp()))
    return f"{COOKIE}={text}; Path=/; Max-Age={age}; {_FLAGS}"


def no_session_cookie() -> str:
    """Return the cookie that makes the browser forget its session."""
    return f"{COOKIE}=; Path=/; Max-Age=0; {_FLAGS}"


def login_cookie(text: str, age_seconds: int) -> str:
    """Return the cookie that binds a login on its way to this browser; age 0 forgets it."""
    return f"{LOGIN_COOKIE}={text}; Path=/auth; Max-Age={age_seconds}; {_FLAGS}"
