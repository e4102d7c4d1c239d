"""Login by WeCom's OAuth page: where to send a browser, and what it must bring back. Pure.

Source: WeCom documents 91022 (inside the client) and 98152 (an ordinary browser).
"""

import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, urlsplit

from scrm.config import Corp
from scrm.sessions.session import Signer

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
    back = quote(return_url, safe="")
    if _CLIENT.search(user_agent):
        host = "https://open.weixin.qq.com" if official else corp.base_url
        return (
            f"{host}/connect/oauth2/authorize?appid={quote(corp.corp_id)}&redirect_uri={back}"
            f"&response_type=code&scope=snsapi_base&state={state}&agentid={corp.agent_id}#wechat_redirect"
        )
    host = "https://login.work.weixin.qq.com" if official else corp.base_url
    return (
        f"{host}/wwlogin/sso/login?login_type=CorpApp&appid={quote(corp.corp_id)}&agentid={corp.agent_id}"
        f"&redirect_uri={back}&state={state}"
    )


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
