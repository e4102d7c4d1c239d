"""Who is there: from the text a request carries to the member behind it."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scrm import secret_store
from scrm.http.caller import Caller
from scrm.http.request import cookies_of
from scrm.sessions import dynamodb
from scrm.sessions.session import Session, session_of
from scrm.staff import dynamodb as staff
from scrm.staff.model import Member

COOKIE = "scrm_session"
BEARER = "bearer "


@dataclass(frozen=True)
class Presence:
    """A member with a live session, as of a request."""

    session: Session
    member: Member
    caller: Caller


def keys() -> list[str]:
    """Return the keys that sign sessions, the newest first; a new one is in force after five minutes."""
    return [str(each) for each in json.loads(secret_store.secret("session/keys"))]


def carried(headers: dict[str, str], cookies: dict[str, str]) -> tuple[str | None, bool]:
    """Return the session text a request carries, and whether a cookie carries it. A bearer goes first.

    Header names are lower case.
    """
    authorization = headers.get("authorization", "")
    if authorization.lower().startswith(BEARER):
        return authorization[len(BEARER) :].strip(), False
    return cookies.get(COOKIE), True


def present(headers: dict[str, str], cookies: dict[str, str], now: datetime) -> Presence | None:
    """Return who makes a request, or None without a live session of an active member.

    Ended sessions, removed members and changed roles count from the next request on. 1 RRU.
    """
    session, from_cookie = claimed(headers, cookies)
    if session is None or not session.is_alive(now) or not dynamodb.is_open(session, now):
        return None
    member = staff.member(session.userid)
    if member is None or member.status != "active":
        return None
    caller = Caller(
        userid=member.userid,
        role=member.role,
        data_scope=member.data_scope,
        departments=member.departments,
        leads=member.leads,
        from_cookie=from_cookie,
        renew=session.wants_renewal(now),
    )
    return Presence(session, member, caller)


def claimed(headers: dict[str, str], cookies: dict[str, str]) -> tuple[Session | None, bool]:
    """Return the session a request names, alive or not, and whether a cookie names it."""
    text, from_cookie = carried(headers, cookies)
    return (session_of(text, keys()) if text else None), from_cookie


def authorizer_answer(event: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Return a simple authorizer response (payload 2.0) to a request event.

    It always lets the request through, with an empty context when nobody is there: the route table
    answers 401 as problem+json, and refuses by default.
    """
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    found = present(headers, cookies_of(event, headers), now)
    return {"isAuthorized": True, "context": dict(found.caller.context()) if found else {}}
