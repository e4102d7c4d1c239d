"""/admin/reports/content, and the statistics of one item (spec RPT-10, M11, CON-16)."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import partial
from typing import Annotated, Any

from pydantic import Field

from scrm.http import problems
from scrm.http.caller import Role
from scrm.http.fields import In, Out
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.http.scope import colleagues
from scrm.library import dynamodb as library
from scrm.library.model import Uses
from scrm.moments import BEIJING
from scrm.sends.model import SEND_KINDS, CountedKind, Place, SendKind, Sent
from scrm.sends.reporting import GroupBy, Line, Sale, lines_of
from scrm.sends.statistics_dynamodb import sent_between
from scrm.sends.uses_dynamodb import Day, days, uses_of
from scrm.staff import dynamodb as staff
from scrm.staff.model import key

REPORTS: frozenset[Role] = frozenset({"operations_admin", "marketing", "auditor", "team_lead"})
SCOPE = "the corp; a team leader's own data scope"
USUAL_DAYS = 30
MOST_DAYS = 366
MOST_SENDS = 50_000
"""So many rows are read within a request's time."""


class SpanQuery(In):
    """From one Beijing day to another, both included; the latest 30 days without."""

    start: Annotated[date | None, Field(alias="from")] = None
    end: Annotated[date | None, Field(alias="to")] = None


class ContentQuery(SpanQuery):
    """Which kind alone, and of what a line is."""

    kind: SendKind | None = None
    group_by: GroupBy = "item"


class LineOut(Out):
    """What came of sends. Rates are null where nothing could be: nobody reached, or nobody who opened."""

    id: str
    title: str
    kind: SendKind | None
    reach: int
    sends: int
    opens: int
    openers: int
    open_rate: float | None
    forwards: int
    sharers: int
    forward_rate: float | None
    orders: int
    fen: int


class ContentOut(Out):
    """The report, most sends first."""

    start: date
    end: date
    group_by: GroupBy
    total: LineOut
    lines: list[LineOut]


class UsesOut(Out):
    """How often an item was used, of all time."""

    sends: int
    opens: int
    forwards: int
    orders: int
    fen: int


class StatsOut(Out):
    """What came of one item; `uses` is of all time and everybody, null for who sees a part of the staff."""

    item_id: str
    kind: SendKind
    uses: UsesOut | None
    start: date
    end: date
    total: LineOut
    staff: list[LineOut]


def declare(api: Api) -> None:
    """Add the routes."""
    see: dict[str, Any] = {"roles": REPORTS, "scope": SCOPE}
    api.route("GET", "/admin/reports/content", query=ContentQuery, answers=ContentOut, **see)(show)
    for kind in SEND_KINDS:
        handler = partial(show_item, kind)
        handler.__doc__ = show_item.__doc__
        path = f"/admin/{kind}s/{{item_id}}/stats"
        api.route("GET", path, query=SpanQuery, answers=StatsOut, **see)(handler)


def show(request: Request) -> ContentOut:
    """What came of what was sent, by item, group or member.

    Reach, openers and sharers are distinct customers of these days' sends; orders and money are of the days.
    """
    asked: ContentQuery = request.query
    first, last = _span(asked, request.now)
    kinds: tuple[SendKind, ...] = (asked.kind,) if asked.kind else SEND_KINDS
    seen = _seen(request)
    used = [(kind, day) for kind in kinds for day in _days(kind, first, last, seen)]
    items = dict.fromkeys((kind, day.item_id) for kind, day in used if day.uses.sends)
    sents = list(_sents(items, first, last, seen))
    total, lines = lines_of(sents, _sales(used), asked.group_by, _home)
    return ContentOut(
        start=first,
        end=last,
        group_by=asked.group_by,
        total=_out(total),
        lines=[_out(_named(each, asked.group_by, request.now)) for each in lines],
    )


def show_item(kind: SendKind, request: Request) -> StatsOut:
    """What came of one item, in all and by member; a deleted one keeps its statistics."""
    item_id = request.params["item_id"]
    if library.item(kind, item_id) is None:
        raise problems.not_found("没有这项内容")
    first, last = _span(request.query, request.now)
    seen = _seen(request)
    used = [(kind, day) for day in _days(kind, first, last, seen) if day.item_id == item_id]
    sents = list(_sents([(kind, item_id)], first, last, seen))
    total, lines = lines_of(sents, _sales(used), "staff", _home)
    return StatsOut(
        item_id=item_id,
        kind=kind,
        uses=UsesOut.model_validate(uses_of(kind, item_id)) if seen is None else None,
        start=first,
        end=last,
        total=_out(total),
        staff=[_out(_named(each, "staff", request.now)) for each in lines],
    )


def _span(asked: SpanQuery, now: datetime) -> tuple[date, date]:
    last = asked.end or now.astimezone(BEIJING).date()
    first = asked.start or last - timedelta(days=USUAL_DAYS - 1)
    if first > last:
        raise problems.invalid_field("from", "不能晚于结束日期")
    if (last - first).days >= MOST_DAYS or first.year < 2000 or last.year > 2100:
        raise problems.invalid_field("from", f"最多 {MOST_DAYS} 天")
    return first, last


def _seen(request: Request) -> frozenset[str] | None:
    """Return the members whose sends the caller may see, None for all."""
    if request.staff.role != "team_lead":
        return None
    return colleagues(request.staff, staff.directory(request.now))


def _days(kind: SendKind, first: date, last: date, seen: frozenset[str] | None) -> Iterator[Day]:
    return (each for each in days(kind, first, last) if seen is None or each.userid in seen)


def _sents(
    items: "dict[tuple[SendKind, str], None] | list[tuple[SendKind, str]]",
    first: date,
    last: date,
    seen: frozenset[str] | None,
) -> Iterator[Sent]:
    read = 0
    for kind, item_id in items:
        for each in sent_between(kind, item_id, first, last):
            read += 1
            if read > MOST_SENDS:
                raise problems.conflict("too_many_sends", "发送记录过多，请缩短时间范围或按类型查看")
            if seen is None or key(each.userid) in seen:
                yield each


def _sales(used: list[tuple[SendKind, Day]]) -> list[Sale]:
    return [
        Sale(kind, each.item_id, each.userid, each.uses.orders, each.uses.fen)
        for kind, each in used
        if each.uses != Uses(each.uses.sends, each.uses.opens, each.uses.forwards)
    ]


def _home(kind: CountedKind, item_id: str) -> Place:
    """Return the group in which an item stands now; a step of a SOP stands in none."""
    if kind == "sop":
        return Place("", "")
    item = library.item(kind, item_id)
    group = library.group(kind, item.group_id) if item and item.group_id else None
    return Place(group.group_id, group.name) if group else Place("", "")


def _named(line: Line, group_by: GroupBy, now: datetime) -> Line:
    """Give a line its title where no send did."""
    if line.title:
        return line
    if group_by == "staff":
        line.title = staff.directory(now).name_of(line.id)
    elif (
        group_by == "item" and line.kind and line.kind != "sop" and (item := library.item(line.kind, line.id))
    ):
        line.title = (item.live or item.draft).title
    elif group_by == "group":
        line.title = "未分组"
    return line


def _out(line: Line) -> LineOut:
    told = {name: value for name, value in vars(line).items() if name in LineOut.model_fields}
    rates = {"open_rate": _rounded(line.open_rate), "forward_rate": _rounded(line.forward_rate)}
    counts = {"reach": len(line.reached), "openers": len(line.opened), "sharers": len(line.shared)}
    return LineOut.model_validate({**told, **rates, **counts})


def _rounded(rate: float | None) -> float | None:
    return None if rate is None else round(rate, 4)
