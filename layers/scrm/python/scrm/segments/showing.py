"""Members of a segment as a caller may see them: those whose cards their data scope holds."""

from typing import Any

from scrm.cards import dynamodb as cards
from scrm.cards.model import Card
from scrm.http.request import Request
from scrm.http.scope import colleagues
from scrm.segments.members_dynamodb import Member, members
from scrm.segments.models import MemberOut
from scrm.sidebar import masking
from scrm.staff.dynamodb import directory
from scrm.staff.model import key

MOST_LOOKED_AT = 300
"""Members looked at for one page, where few of them are within the scope."""


def visible_page(
    request: Request, segment_id: str, limit: int, start: dict[str, Any] | None
) -> tuple[list[MemberOut], dict[str, Any] | None]:
    """Return up to `limit` members within the caller's scope, and the key to go on after.

    A page may be short, even empty, and yet not the last: at most 300 members are looked at for it. A query
    for the members, and one for the cards of each.
    """
    scope = colleagues(request.staff, directory(request.now))
    found: list[MemberOut] = []
    looked_at = 0
    while True:
        page, start = members(segment_id, min(limit - len(found), MOST_LOOKED_AT - looked_at), start)
        looked_at += len(page)
        found += [shown for each in page if (shown := member_out(each, scope))]
        if start is None or len(found) >= limit or looked_at >= MOST_LOOKED_AT:
            return found, start


def member_out(member: Member, scope: frozenset[str] | None) -> MemberOut | None:
    """Return a member with the cards within `scope` (None: all), None when there are none within it."""
    known = seen(cards.of_customer(member.customer_id), scope)
    if scope is not None and not known:
        return None
    return MemberOut(
        customer_id=member.customer_id,
        entered_at=member.entered_at,
        name=masking.text(next((each.name for each in known if each.name), "")),
        external_userids=list(dict.fromkeys(each.external_userid for each in known if each.external_userid)),
        staff=[each.userid for each in known if each.userid],
    )


def seen(of: list[Card], scope: frozenset[str] | None) -> list[Card]:
    """Return the cards within `scope`; a customer whom nobody added is within nobody's but everybody's."""
    if scope is None:
        return of
    return [each for each in of if key(each.userid) in scope and each.status != "transferred_out"]
