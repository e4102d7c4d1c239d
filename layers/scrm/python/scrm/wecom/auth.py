"""Who is at the page: OAuth inside WeCom and login in an ordinary browser. WeCom documents 91022, 91023."""

from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from scrm.wecom.client import WeCom

OAUTH_PAGE = "https://open.weixin.qq.com/connect/oauth2/authorize"
LOGIN_PAGE = "https://login.work.weixin.qq.com/wwlogin/sso/login"


@dataclass(frozen=True)
class Visitor:
    """Who a code stands for: a member (`userid`), or someone else (`openid`, perhaps a customer's id).

    `user_ticket` only with the consent scope. Absent values are "".
    """

    userid: str
    external_userid: str
    openid: str = field(repr=False)
    user_ticket: str = field(repr=False)


def oauth_url(
    corp_id: str,
    agent_id: int,
    redirect_uri: str,
    state: str,
    *,
    ask_consent: bool = False,
    page: str = OAUTH_PAGE,
) -> str:
    """Return where a page inside WeCom sends its visitor; they come back with `code` and `state`.

    `state` must be letters and digits, at most 128; `page` is the simulator's in the local stack.
    """
    query = urlencode(
        {
            "appid": corp_id,
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "scope": "snsapi_privateinfo" if ask_consent else "snsapi_base",
            "state": state,
            "agentid": agent_id,
        },
        quote_via=quote,
    )
    return f"{page}?{query}#wechat_redirect"


def login_url(corp_id: str, agent_id: int, redirect_uri: str, state: str, *, page: str = LOGIN_PAGE) -> str:
    """Return where an ordinary browser shows WeCom's login; the visitor comes back as from `oauth_url`."""
    query = urlencode(
        {
            "login_type": "CorpApp",
            "appid": corp_id,
            "agentid": agent_id,
            "redirect_uri": redirect_uri,
            "state": state,
        },
        quote_via=quote,
    )
    return f"{page}?{query}"


def visitor(wecom: WeCom, code: str) -> Visitor:
    """Return who `code` stands for; a code works once, for five minutes. Raises LoginRejected otherwise."""
    answer = wecom.call("GET", "/cgi-bin/auth/getuserinfo", params={"code": code}, idempotent=True)
    # The older spelling still answers from some gateways.
    return Visitor(
        userid=str(answer.get("userid") or answer.get("UserId") or ""),
        external_userid=str(answer.get("external_userid") or ""),
        openid=str(answer.get("openid") or answer.get("OpenId") or ""),
        user_ticket=str(answer.get("user_ticket") or ""),
    )
