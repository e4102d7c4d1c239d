"""/admin/reports/staff, fairness: what members did, how evenly they are given leads (RPT-08, 4.7)."""

from collections import Counter
from datetime import UTC, timedelta
from typing import Any

from scrm.admin.lists import page_of
from scrm.http import problems
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.leads import rules_dynamodb
from scrm.leads.followed_dynamodb import followed_on
from scrm.moments import BEIJING
from scrm.reports import sources
from scrm.reports.counting import Asked, told
from scrm.reports.formulas import jain, shown
from scrm.reports.happenings import day_number, summed
from scrm.reports.span import Span, SpanQuery, days_of, span_of
from scrm.reports.viewers import CORP, SCOPE, TEAM, members_seen
from scrm.reports.work_models import DayQuery, FairnessOut, MemberShareOut, PoolOut, StaffLineOut, StaffOut
from scrm.sends.model import SEND_KINDS
from scrm.sends.uses_dynamodb import days
from scrm.staff import dynamodb as staff
from scrm.staff.model import key
from scrm.tasks.dynamodb import DynamoTasks

MOST_STAFF = 200
"""Of one page: each costs a query."""
MOST_TASKS = 500
tasks = DynamoTasks()


def declare(api: Api) -> None:
    """Add the routes."""
    corp: dict[str, Any] = {"roles": CORP, "scope": "the corp"}
    team: dict[str, Any] = {"roles": TEAM, "scope": SCOPE}
    api.route("GET", "/admin/reports/staff", query=DayQuery, answers=StaffOut, **team)(staff_day)
    api.route("GET", "/admin/reports/fairness", query=SpanQuery, answers=FairnessOut, **corp)(fairness)


def staff_day(request: Request) -> StaffOut:
    """What each member did on a day: adds, follow-ups, to-dos due and done, sends, deals (RPT-08).

    A query for each member of the page, 0.5 RRU and by bytes of their to-dos: some 100 RRU and a second.
    """
    day = request.query.day or request.now.astimezone(BEIJING).date()
    if not 2000 <= day.year <= 2100:
        raise problems.invalid_field("date", "应为 2000 年至 2100 年的日期")
    span, names, seen = Span(day, day), staff.directory(request.now), members_seen(request)
    there = [each for each in names.members.values() if seen is None or each.key in seen]
    members, more = page_of(f"STAFF#{day}", there, lambda it: it.key, MOST_STAFF, request.query.cursor)
    added = {
        userid: summed(counts, day_number(day), day_number(day))["added"]
        for userid, counts in told(Asked(span, "staff", request.now, (), seen)).lines.items()
    }
    followed = followed_on(day.isoformat())
    sent = Counter[str]()
    for kind in SEND_KINDS:
        for used in days(kind, day, day):
            sent[used.userid] += used.uses.sends
    sold = _sold(span)
    lines = []
    for each in members:
        due, done = _tasks(each.userid, span)
        deals, fen = sold.get(each.key, (0, 0))
        line = StaffLineOut(
            userid=each.userid,
            name=each.name,
            adds=added.get(each.key, 0),
            follow_ups=followed[each.key],
            tasks_due=due,
            tasks_done=done,
            sends=sent[each.key],
            deals=deals,
            deal_fen=fen,
        )
        if any(value for value in vars(line).values() if isinstance(value, int)):
            lines.append(line)
    return StaffOut(date=day.isoformat(), lines=lines, next_cursor=more)


def fairness(request: Request) -> FairnessOut:
    """How evenly the leads of these days are divided among each pool's members, by weight (4.7, F3)."""
    span, names = span_of(request.query, request.now), staff.directory(request.now)
    rules = rules_dynamodb.in_force.get(request.now)
    given = Counter((each.pool_id, key(each.owner)) for each in sources.leads_created(span) if each.owner)
    pools = []
    for pool in rules.pools:
        members = [
            MemberShareOut(
                userid=each.userid,
                name=names.name_of(each.userid),
                leads=given[pool.pool_id, key(each.userid)],
                weight=each.weight,
            )
            for each in pool.members
        ]
        index = shown(jain([(each.leads, each.weight) for each in members]))
        pools.append(PoolOut(pool_id=pool.pool_id, name=pool.name, index=index, members=members))
    return FairnessOut(**days_of(span), pools=pools)


def _sold(span: Span) -> dict[str, tuple[int, int]]:
    """Return each member's paid orders and what is theirs of them, refunds of the day taken off."""
    rows: dict[str, list[Any]] = {}
    for row in sources.entries_of(span):
        rows.setdefault(key(row.userid or ""), []).append(row)
    return {
        name: (len(sources.paid_in(mine)), sum(int(row.fen) for row in mine)) for name, mine in rows.items()
    }


def _tasks(userid: str, span: Span) -> tuple[int, int]:
    """Return how many to-dos were due on the day, and how many of them are done."""
    since = span.since - timedelta(seconds=1)
    found, _ = tasks.of_member(
        userid,
        status=None,
        due_until=(span.until - timedelta(seconds=1)).astimezone(UTC),
        limit=MOST_TASKS,
        after=f"{since.astimezone(UTC):%Y%m%dT%H%M%SZ}-~",
    )
    return len(found), sum(each.status == "done" for each in found)
