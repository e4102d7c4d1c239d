"""/admin/reports/inheritance: what came of handovers, and whether the customers have stayed (M16, RPT-15)."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Literal

from pydantic import Field

from scrm.customers.dynamodb import Customers
from scrm.customers.stays import stays_of
from scrm.http.fields import Out
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.inheritance.model import PENDING
from scrm.inheritance.plan import REASONS, Plan
from scrm.inheritance.plans_dynamodb import batches_of, plans
from scrm.inheritance.rates import rates
from scrm.moments import BEIJING
from scrm.reports import sources
from scrm.reports.formulas import shown
from scrm.reports.handovers import Handed, Since, decisive, has_matured, state_after
from scrm.reports.span import Span, SpanOut, SpanQuery, days_of, span_of
from scrm.reports.viewers import SCOPE, TEAM, members_seen
from scrm.staff import dynamodb as staff
from scrm.staff.model import key

USUAL_DAYS = 90
MOST_PLANS = 300
MOST_ITEMS = 30_000
PAGE = 100
MODES = {"onjob": "在职继承", "resigned": "离职继承"}
Line = Literal["plan", "mode", "reason", "handover", "takeover"]
customers = Customers()


class HandoversQuery(SpanQuery):
    """Plans made in these days (the latest 90 without), of what a line is, after how many days to look."""

    group: Line = "plan"
    d: int = Field(default=30, ge=1, le=365)


class HandoverLineOut(Out):
    """What came of relations that were submitted; of a relation tried again its success, else the last try.

    `limit_exceeded`: with a takeover who could take no more, whatever followed; `pending`: not decided yet.
    By `takeover` a relation counts for each that it was tried with, and in the total as often.
    `success_rate`: `succeeded` ÷ `submitted`, `success_of_accepted`: ÷ `accepted`, those WeCom took;
    `refusal_rate`: `refused` ÷ `accepted`. Of those who moved d days ago (`matured`) `retention_rate` did not
    delete the takeover. A rate of nothing is null.
    """

    id: str
    name: str
    submitted: int
    accepted: int
    succeeded: int
    refused: int
    limit_exceeded: int
    pending: int
    success_rate: float | None
    success_of_accepted: float | None
    refusal_rate: float | None
    matured: int
    lost: int
    deleted_by_staff: int
    handed_on: int
    retention_rate: float | None


class HandoversOut(SpanOut):
    """All handovers of these days' plans, and each line; the most submitted first."""

    d: int
    group: Line
    total: HandoverLineOut
    lines: list[HandoverLineOut]


def declare(api: Api) -> None:
    """Add the route."""
    path = "/admin/reports/inheritance"
    api.route("GET", path, roles=TEAM, scope=SCOPE, query=HandoversQuery, answers=HandoversOut)(show)


def show(request: Request) -> HandoversOut:
    """What came of the handovers of some days' plans: success, refusals, and retention since (M16, RPT-15).

    A leader sees what their members hand over or take over; by one of these sides, their members' lines.
    Each plan costs a query; who has moved long enough ago, 0.5 RRU. Raises 409 too_many.
    """
    asked: HandoversQuery = request.query
    span = span_of(asked, request.now, USUAL_DAYS)
    made = _plans(span)
    every = decisive(_items(made), by_takeover=asked.group == "takeover")
    found = [each for each in every if _is_seen(each, asked.group, members_seen(request))]
    states = dict(_states(found, asked.d, request.now))
    lines: dict[str, list[Handed]] = {}
    for each in found:
        lines.setdefault(_line_of(each, asked.group), []).append(each)
    naming = _naming(asked.group, made, request.now)

    def told(name: str, title: str, those: list[Handed]) -> HandoverLineOut:
        since = Since()
        for each in those:
            if id(each) in states:
                since = since.with_state(states[id(each)])
        return _out(name, title, those, since)

    shown_lines = [told(name, naming(name), those) for name, those in lines.items()]
    shown_lines.sort(key=lambda each: (-each.submitted, each.id))
    total = told("", "合计", found)
    return HandoversOut(**days_of(span), d=asked.d, group=asked.group, total=total, lines=shown_lines)


def _plans(span: Span) -> list[Plan]:
    """Return the plans made in some days."""
    found: list[Plan] = []
    after: str | None = None
    while len(found) <= MOST_PLANS:
        page, after = plans(PAGE, after, since=span.since, until=span.until)
        found += page
        if after is None:
            return found
    raise sources.too_many()


def _items(made: Iterable[Plan]) -> list[Handed]:
    every = (
        Handed(item, plan.plan_id, plan.mode, plan.reason)
        for plan in made
        for batch in batches_of(plan.plan_id)
        for item in batch.items
    )
    found = list(islice(every, MOST_ITEMS + 1))
    if len(found) > MOST_ITEMS:
        raise sources.too_many()
    return found


def _is_seen(each: Handed, group: Line, seen: frozenset[str] | None) -> bool:
    if seen is None:
        return True
    sides = {"handover": key(each.item.handover), "takeover": key(each.item.takeover)}
    asked = {sides[group]} if group in sides else set(sides.values())
    return not seen.isdisjoint(asked)


def _states(found: Iterable[Handed], days: int, now: datetime) -> Iterator[tuple[int, str]]:
    """Yield how the customers are who moved so many days ago: a batch read of relations for each takeover."""
    moved: dict[str, list[Handed]] = {}
    for each in found:
        if has_matured(each.item, days, now):
            moved.setdefault(each.item.takeover, []).append(each)
    for takeover, those in moved.items():
        there = customers.relations(takeover, [each.item.external_userid for each in those])
        for each in those:
            if relation := there.get(each.item.external_userid):
                state = state_after(each.item, stays_of(relation.facts), days)
                if state is not None:
                    yield id(each), state


def _line_of(each: Handed, group: Line) -> str:
    return {
        "plan": each.plan_id,
        "mode": each.mode,
        "reason": each.reason,
        "handover": key(each.item.handover),
        "takeover": key(each.item.takeover),
    }[group]


def _naming(group: Line, made: Iterable[Plan], now: datetime) -> Callable[[str], str]:
    if group == "plan":
        words = {
            each.plan_id: f"{MODES[each.mode]} {each.created_at.astimezone(BEIJING):%Y-%m-%d}"
            for each in made
        }
    elif group == "mode":
        words = MODES
    elif group == "reason":
        words = dict(REASONS)
    else:
        return staff.directory(now).name_of
    return lambda name: words.get(name, name)


def _out(name: str, title: str, those: list[Handed], since: Since) -> HandoverLineOut:
    found = rates(each.item for each in those)
    return HandoverLineOut(
        id=name,
        name=title,
        submitted=found.submitted,
        accepted=found.accepted,
        succeeded=found.succeeded,
        refused=found.refused,
        limit_exceeded=sum(each.was_full for each in those),
        pending=sum(each.item.status in PENDING for each in those),
        success_rate=shown(found.success),
        success_of_accepted=shown(found.success_of_accepted),
        refusal_rate=shown(found.refusal),
        matured=since.matured,
        lost=since.lost,
        deleted_by_staff=since.deleted_by_staff,
        handed_on=since.handed_on,
        retention_rate=shown(since.rate),
    )
