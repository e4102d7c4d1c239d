"""Tokens, tickets, login codes and address lists (documentation 91039, 90236, 91023, 92520)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..calls import Call
from ..errors import Refused
from ..limits import Rule
from ..model import App, OAuthCode, Ticket, Token
from ..registry import endpoint
from ..settings import CODE_SECONDS, TOKEN_SECONDS

if TYPE_CHECKING:
    from ..simulator import Simulator


@endpoint("GET", "gettoken", public=True, exempt=True)
def get_token(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return the app's token; the same one while it is valid, unless `rotate_tokens` is on."""
    app = _app_of_secret(sim, call)
    world, settings = sim.world, sim.settings
    if not sim.windows.take(("gettoken", app.agent), call.now, ("minute", sim.limits.gettoken_per_minute)):
        raise Refused(45009)
    token = world.tokens.get(app.token)
    if token is None or token.ended or call.now >= token.expires_at or settings.rotate_tokens:
        if token is not None and settings.rotate_tokens:
            token.ended = token.ended or 40014
        token = Token(sim.ids.text("token", "", 214), app.agent, call.now + settings.token_seconds)
        world.tokens[token.token] = token
        app.token = token.token
        _forget_old(world.tokens, call.now)
    left = min(settings.token_seconds, int(token.expires_at - call.now))
    return {"access_token": token.token, "expires_in": max(1, left)}


def _app_of_secret(sim: Simulator, call: Call) -> App:
    corp_id, secret = call.query.get("corpid"), call.query.get("corpsecret")
    if not corp_id:
        raise Refused(41002)
    if not secret:
        raise Refused(41004)
    guesses = ("guess", call.source_ip)
    rule: Rule = ("hour", sim.limits.bad_secrets_per_hour)
    if sim.windows.full(guesses, call.now, rule):
        raise Refused(45009)
    if corp_id != sim.world.corp_id:
        raise Refused(40013)
    for app in sim.world.apps.values():
        if app.secret == secret and not app.disabled:
            return app
    sim.windows.take(guesses, call.now, rule)
    raise Refused(40001)


def _forget_old(tokens: dict[str, Token], now: float) -> None:
    for text in [text for text, token in tokens.items() if now > token.expires_at + 86_400]:
        del tokens[text]


@endpoint("GET", "get_jsapi_ticket")
def corp_ticket(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return the corp's ticket for wx.config: 400 calls an hour for the corp, 100 for the app."""
    if not sim.windows.take("corp-ticket", call.now, ("hour", sim.limits.corp_tickets_per_hour)):
        raise Refused(45009)
    return _ticket(sim, call, "corp", ("app-corp-ticket", call.app.agent))


@endpoint("GET", "ticket/get")
def app_ticket(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return the app's ticket for wx.agentConfig: 100 calls an hour."""
    if call.query.get("type") != "agent_config":
        raise Refused(91040)
    return _ticket(sim, call, f"app:{call.app.agent}", ("app-ticket", call.app.agent))


def _ticket(sim: Simulator, call: Call, name: str, counted: tuple[str, int]) -> dict[str, Any]:
    if not sim.windows.take(counted, call.now, ("hour", sim.limits.app_tickets_per_hour)):
        raise Refused(45009)
    ticket = sim.world.tickets.get(name)
    if ticket is None or call.now >= ticket.expires_at:
        ticket = Ticket(name, sim.ids.text("ticket", "", 86), call.now + TOKEN_SECONDS)
        sim.world.tickets[name] = ticket
    return {
        "ticket": ticket.ticket,
        "expires_in": max(1, min(TOKEN_SECONDS, int(ticket.expires_at - call.now))),
    }


@endpoint("GET", "auth/getuserinfo", exempt=True)
def login(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return who brought the code. A code works once and for five minutes (40029)."""
    code = _used_up(sim, call)
    if code.userid:
        answer = {"userid": code.userid}
        staff = sim.world.member(code.userid)
        if code.private_info and staff is not None and sim.world.visible(call.app, staff):
            ticket = sim.ids.text("user-ticket", "", 64)
            sim.world.user_tickets[ticket] = OAuthCode(ticket, call.now, code.userid)
            answer["user_ticket"] = ticket
        return answer
    outsider = {"openid": code.openid}
    if _has_visible_follower(sim, call, code.external_userid):
        outsider["external_userid"] = code.external_userid
    return outsider


@endpoint("GET", "user/getuserinfo", exempt=True)
def old_login(sim: Simulator, call: Call) -> dict[str, Any]:
    """Answer as the older path does, with the older spelling."""
    code = _used_up(sim, call)
    if code.userid:
        return {"UserId": code.userid, "DeviceId": ""}
    outsider = {"OpenId": code.openid, "DeviceId": ""}
    if _has_visible_follower(sim, call, code.external_userid):
        outsider["external_userid"] = code.external_userid
    return outsider


def _used_up(sim: Simulator, call: Call) -> OAuthCode:
    text = call.query.get("code")
    if not text:
        raise Refused(41008)
    code = sim.world.oauth_codes.get(text)
    if code is None or code.used or call.now >= code.made_at + CODE_SECONDS:
        raise Refused(40029)
    code.used = True
    return code


def _has_visible_follower(sim: Simulator, call: Call, external_userid: str) -> bool:
    world = sim.world
    followers = world.followers_of(external_userid) if external_userid else []
    return any(world.visible(call.app, world.staff[row.userid.lower()]) for row in followers)


@endpoint("POST", "auth/getuserdetail")
def user_detail(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return what the member agreed to show; 84015 for an unknown ticket, 84014 after 30 minutes."""
    ticket = sim.world.user_tickets.get(str(call.body.get("user_ticket", "")))
    staff = sim.world.member(ticket.userid) if ticket is not None else None
    if ticket is None or staff is None:
        raise Refused(84015)
    if call.now >= ticket.made_at + 1_800:
        raise Refused(84014)
    return {"userid": staff.userid, "gender": staff.gender, "mobile": staff.mobile, "avatar": "", "email": ""}


@endpoint("GET", "getcallbackip")
def callback_addresses(sim: Simulator, _: Call) -> dict[str, Any]:
    """Return the addresses callbacks come from."""
    return {"ip_list": list(sim.settings.callback_ips)}


@endpoint("GET", "get_api_domain_ip")
def api_addresses(_sim: Simulator, _: Call) -> dict[str, Any]:
    """Return the addresses of the API hosts."""
    return {"ip_list": ["127.0.0.1"]}
