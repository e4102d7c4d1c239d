"""Routes under /auth: a session from WeCom's code, by the API or by way of WeCom's login page."""

import secrets
from collections.abc import Callable

from scrm.config import corp, optional
from scrm.http import problems
from scrm.http.problems import Problem
from scrm.http.request import Answer, Request, refuse_foreign_pages
from scrm.http.routing import ANYONE, Api
from scrm.sessions import dynamodb, login
from scrm.sessions.cookies import LOGIN_COOKIE, login_cookie, no_session_cookie, session_cookie
from scrm.sessions.models import LoginIn, LoginQuery, PresenceOut, ReturnQuery, SessionOut, StaffOut
from scrm.sessions.presence import claimed, keys, present
from scrm.sessions.session import Session, text_of
from scrm.staff import dynamodb as staff
from scrm.staff.model import Member
from scrm.wecom.errors import Busy, LoginRejected, Throttled, UnknownOutcome

Identify = Callable[[str], str | None]
"""Turn an OAuth code into a userid, None for somebody who is not a member; raises LoginRejected."""


def declare(api: Api, identify: Identify) -> None:
    """Add the routes under /auth to the API of everybody's entry."""

    @api.route(
        "POST",
        "/auth/session",
        roles=ANYONE,
        scope="nobody's objects; a member's own session",
        body=LoginIn,
        answers=SessionOut,
        public=True,
    )
    def log_in(request: Request) -> SessionOut:
        """Begin a session with a WeCom OAuth code."""
        session, member = _begun(request, request.body.code, identify)
        return SessionOut(token=text_of(session, keys()), expires_at=session.expires_at, staff=_staff(member))

    @api.route(
        "GET",
        "/auth/login",
        roles=ANYONE,
        scope="nobody's objects",
        query=LoginQuery,
        status=302,
        public=True,
    )
    def go_to_login(request: Request) -> Answer:
        """Redirect a browser to WeCom's login page."""
        if not login.is_own_place(request.query.next):
            raise problems.invalid_field("next", "只能是本系统内的路径")
        begun = login.attempt(request.query.next, request.now)
        there = login.page(
            corp(),
            request.headers.get("user-agent", ""),
            f"{_front(request)}/auth/return",
            begun.state,
        )
        bound = login_cookie(login.cookie_text(begun, keys()), int(login.LASTS.total_seconds()))
        return Answer(status=302, headers={"Location": there}, cookies=(bound,))

    @api.route(
        "GET",
        "/auth/return",
        roles=ANYONE,
        scope="nobody's objects; a member's own session",
        query=ReturnQuery,
        status=302,
        public=True,
    )
    def come_back(request: Request) -> Answer:
        """Begin a browser's session with what WeCom's page brings back, and go where it wanted to go."""
        begun = login.resumed(request.cookies.get(LOGIN_COOKIE), request.query.state, request.now, keys())
        if begun is None:
            raise problems.forbidden("登录已超时或不是从本页面发起，请重新登录", code="invalid_state")
        session, _ = _begun(request, request.query.code, identify)
        return Answer(
            status=302,
            headers={"Location": f"{_front(request)}{begun.place}"},
            cookies=(
                session_cookie(text_of(session, keys()), session.ends_at, request.now),
                login_cookie("", 0),
            ),
        )

    @api.route(
        "GET",
        "/auth/me",
        roles=ANYONE,
        scope="the caller alone",
        answers=PresenceOut,
        public=True,
    )
    def who_am_i(request: Request) -> PresenceOut:
        """Tell whose session this is."""
        found = present(request.headers, request.cookies, request.now)
        if found is None:
            raise problems.unauthenticated()
        return PresenceOut(
            **_staff(found.member).model_dump(),
            data_scope=found.member.data_scope,
            leads=[str(each) for each in found.member.leads],
            expires_at=found.session.expires_at,
        )

    @api.route(
        "POST", "/auth/logout", roles=ANYONE, scope="the caller's own session", status=204, public=True
    )
    def log_out(request: Request) -> Answer:
        """End the session at once, wherever else it is in use. Repeating is safe."""
        session, from_cookie = claimed(request.headers, request.cookies)
        if session is None:
            raise problems.unauthenticated()
        refuse_foreign_pages(request, from_cookie=from_cookie)
        dynamodb.end(session)
        return Answer(status=204, cookies=(no_session_cookie(),))


def _begun(request: Request, code: str, identify: Identify) -> tuple[Session, Member]:
    """Return a new session of the member behind `code`; raises a problem naming why there is none."""
    member = _member(_identified(code, identify))
    at = int(request.now.timestamp())
    session = Session(secrets.token_hex(16), member.userid, at, at)
    dynamodb.begin(session)
    return session, member


def _identified(code: str, identify: Identify) -> str:
    if not code:
        raise Problem(401, "invalid_code", "登录未完成，请重新登录")
    try:
        userid = identify(code)
    except LoginRejected:
        raise Problem(401, "invalid_code", "登录凭证无效或已使用，请重新登录") from None
    except (Busy, Throttled, UnknownOutcome):
        raise problems.unavailable("企业微信繁忙，请稍后重新登录", code="wecom_unavailable") from None
    if userid is None:
        raise problems.forbidden("你不是本企业的成员，无法登录", code="not_a_member")
    return userid


def _member(userid: str) -> Member:
    member = staff.member(userid)
    if member is None:
        raise problems.forbidden("系统中还没有你的账号，请管理员同步通讯录后再试", code="unknown_member")
    if member.status != "active":
        raise problems.forbidden("你的账号已停用，请联系管理员", code="member_inactive")
    return member


def _staff(member: Member) -> StaffOut:
    return StaffOut(
        userid=member.userid,
        name=member.name,
        role=member.role,
        departments=[str(each) for each in member.departments],
    )


def _front(request: Request) -> str:
    """Return the address that browsers know us by; without a domain of our own, where they called."""
    if address := optional("PUBLIC_URL"):
        return address.rstrip("/")
    scheme = request.headers.get("x-forwarded-proto", "https")
    return f"{scheme}://{request.headers.get('host', '')}"
