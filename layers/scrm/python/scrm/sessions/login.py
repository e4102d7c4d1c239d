"""Login by WeCom's OAuth page: where to send a browser, and what it must bring back. Pure."""

import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from scrm.config import Corp
from scrm.sessions.session import Signer
from scrm.wecom.auth import LOGIN_PAGE, OAUTH_PAGE, login_url, oauth_url

LASTS = timedelta(minutes=10)
LONGEST_PLACE = 512
OFFICIAL_API = "https://qyapi.weixin.qq.com"
_CLIENT = re.compile(r"wxwork/", re.IGNORECASE)


@dataclass(frozen=True)
class Attempt:
    """One login on its way: `state` travels through WeCom, the rest in the browser's own cookie."""

    state: str
    place: str
    expires_at: int


def attempt(place: str, now: datetime) -> Attempt:
    """Return a new attempt that leads back to `place`. WeCom takes letters and digits in a state."""
    return Attempt(secrets.token_hex(16), place, int((now + LASTS).timestamp()))


def is_own_place(place: str) -> bool:
    """Return whether `place` is a path of ours and can be nothing else to any browser."""
    if not place.startswith("/") or place.startswith("//") or len(place) > LONGEST_PLACE:
        return False
    return "\\" not in place and place.isprintable() and not urlsplit(place).netloc


def page(corp: Corp, user_agent: str, return_url: str, state: str) -> str:
    """Return the address of WeCom's login page: the silent one inside the client, else the one to scan.

    Another WeCom server than the official one serves both pages itself.
    """
    official = corp.base_url == OFFICIAL_API
    if _CLIENT.search(user_agent):
        there = OAUTH_PAGE if official else corp.base_url + urlsplit(OAUTH_PAGE).path
        return oauth_url(corp.corp_id, corp.agent_id, return_url, state, page=there)
    there = LOGIN_PAGE if official else corp.base_url + urlsplit(LOGIN_PAGE).path
    return login_url(corp.corp_id, corp.agent_id, return_url, state, page=there)


def cookie_text(begun: Attempt, keys: list[str]) -> str:
    """Return the attempt as the browser's cookie holds it."""
    return Signer(keys, "login").sign([begun.state, begun.place, begun.expires_at])


def resumed(cookie: str | None, state: str, now: datetime, keys: list[str]) -> Attempt | None:
    """Return the attempt that this browser began and that `state` belongs to, or None."""
    content = Signer(keys, "login").read(cookie) if cookie else None
    if not isinstance(content, list) or len(content) != len(Attempt.__dataclass_fields__):
        return None
    begun = Attempt(*content)
    same = hmac.compare_digest(begun.state.encode(), state.encode())
    return begun if same and now.timestamp() < begun.expires_at else None
