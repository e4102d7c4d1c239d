"""/admin/segments:preview: whom a condition would select, before a segment is made of it."""

from typing import Any

from scrm.admin.audited import no_effect
from scrm.admin.rights import SEE_SEGMENTS
from scrm.conditions.language import Condition
from scrm.conditions.plan import Plan, Sort, plan
from scrm.conditions.running import count, search
from scrm.conditions.tree import of_plain
from scrm.fields.dynamodb import fields
from scrm.http.fields import In, Out
from scrm.http.routing import Api, Request
from scrm.http.scope import colleagues
from scrm.segments.console_routes import condition_asked
from scrm.sidebar import masking
from scrm.staff.dynamodb import directory

SHOWN = 10
MOST_PARTS = 5
"""Of one count: what a request may read, so many times."""


class PreviewIn(In):
    """The condition to try."""

    condition: Condition


class PreviewedOut(Out):
    """One of those selected."""

    customer_id: str
    external_userid: str
    userid: str
    name: str


class PreviewOut(Out):
    """How many cards (a customer as one member knows them) a condition selects now, and some of them.

    `complete` is false where there are more than one request counts: `cards` is then how many were met.
    """

    cards: int
    complete: bool
    sample: list[PreviewedOut]


def declare(api: Api) -> None:
    """Add the route."""
    api.route(
        "POST",
        "/admin/segments:preview",
        roles=SEE_SEGMENTS,
        scope="customers within the data scope",
        body=PreviewIn,
        answers=PreviewOut,
    )(preview)


def preview(request: Request) -> PreviewOut:
    """Try a condition on the customers the caller may see."""
    no_effect(request)
    node = of_plain(condition_asked(request.body.condition, request.staff.role), fields(request.now))
    planned = plan(node, colleagues(request.staff, directory(request.now)), request.now)
    met, complete = _counted(planned)
    return PreviewOut(cards=met, complete=complete, sample=_sample(planned))


def _counted(planned: Plan) -> tuple[int, bool]:
    met, after = 0, None
    for _ in range(MOST_PARTS):
        counted = count(planned, after)
        met, after = met + counted.count, counted.next
        if after is None:
            return met, True
    return met, False


def _sample(planned: Plan) -> list[PreviewedOut]:
    found: dict[str, Any] = {}
    for each in search(planned, Sort(), 2 * SHOWN).cards:
        found.setdefault(each.customer_id, each)
    return [
        PreviewedOut(
            customer_id=each.customer_id,
            external_userid=each.external_userid,
            userid=each.userid,
            name=masking.text(each.name),
        )
        for each in list(found.values())[:SHOWN]
    ]
