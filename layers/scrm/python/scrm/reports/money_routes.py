"""/admin/reports/sales, roi, unit-cost, cohort-return, value: what was sold, and what it cost (spec 6)."""

from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import Field

from scrm.attribution.dynamodb import SalesRow
from scrm.http.caller import Role
from scrm.http.fields import In, Out
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.http.scope import colleagues
from scrm.leads.contracts_dynamodb import ending, several
from scrm.leads.created_dynamodb import leads_of
from scrm.orders import dynamodb as orders
from scrm.reports import sources
from scrm.reports.formulas import CohortReturn, UnitCost, Value, roas, roi, shown
from scrm.reports.span import Span, SpanQuery, month_span, span_of
from scrm.staff import dynamodb as staff
from scrm.staff.model import key

MONEY: frozenset[Role] = frozenset({"operations_admin", "finance", "auditor"})
SALES: frozenset[Role] = MONEY | {"team_lead"}
SCOPE = "the corp; a team leader's own data scope"
MOST_CUSTOMERS = 3000


class SalesQuery(SpanQuery):
    """Of what a line is."""

    group_by: Literal["staff", "channel", "product"] = "staff"


class ChannelQuery(SpanQuery):
    """Which channel alone; all without."""

    channel_id: str | None = Field(default=None, min_length=1, max_length=64)


class CohortQuery(In):
    """The month whose leads are followed, through how many months, that one included."""

    month: Annotated[str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
    months: int = Field(default=3, ge=1, le=13)
    channel_id: str | None = Field(default=None, min_length=1, max_length=64)


class SpanOut(Out):
    """The days a report is of."""

    start: str
    end: str


class SaleLineOut(Out):
    """What one has of sales: booked, refunded (below zero), both together; fen. An empty id: nobody's."""

    id: str
    name: str
    booked_fen: int
    refunded_fen: int
    net_fen: int
    orders: int


class SalesOut(SpanOut):
    """Sales, the most first; the lines sum to the total, and the total to the orders, to the fen."""

    group_by: Literal["staff", "channel", "product"]
    total: SaleLineOut
    lines: list[SaleLineOut]


class RoiOut(SpanOut):
    """What came of what was spent. Ratios are null without cost."""

    cost_fen: int
    net_fen: int
    roi: float | None
    roas: float | None


class UnitCostOut(SpanOut):
    """What one lead, add and new customer has cost; fen, null where there was none."""

    cost_fen: int
    leads: int
    adds: int
    customers: int
    per_lead_fen: float | None
    per_add_fen: float | None
    per_customer_fen: float | None


class MonthOut(Out):
    """One month after a cohort's: T+k."""

    k: int
    month: str
    revenue_fen: int
    total_fen: int
    rate: float | None


class CohortOut(Out):
    """What a month's leads of a channel have brought since. `payback` null: the cost is not back yet."""

    channel_id: str
    name: str
    leads: int
    cost_fen: int
    months: list[MonthOut]
    payback: int | None


class CohortsOut(Out):
    """All channels together, and each."""

    month: str
    total: CohortOut
    channels: list[CohortOut]


class ValueOut(SpanOut):
    """What customers are worth; fen, rates null where nobody paid or nothing ended."""

    net_fen: int
    customers: int
    orders: int
    arpu_fen: float | None
    order_value_fen: float | None
    repeat_rate: float | None
    contracts_due: int
    contracts_renewed: int
    renewal_rate: float | None


def declare(api: Api) -> None:
    """Add the routes."""
    corp: dict[str, Any] = {"roles": MONEY, "scope": "the corp"}
    team: dict[str, Any] = {"roles": SALES, "scope": SCOPE}
    api.route("GET", "/admin/reports/sales", query=SalesQuery, answers=SalesOut, **team)(sales)
    api.route("GET", "/admin/reports/roi", query=ChannelQuery, answers=RoiOut, **corp)(show_roi)
    api.route("GET", "/admin/reports/unit-cost", query=ChannelQuery, answers=UnitCostOut, **corp)(unit_cost)
    api.route("GET", "/admin/reports/value", query=SpanQuery, answers=ValueOut, **corp)(value)
    api.route("GET", "/admin/reports/cohort-return", query=CohortQuery, answers=CohortsOut, **corp)(
        cohort_return
    )


def sales(request: Request) -> SalesOut:
    """What was sold, by member, channel or product; refunds are below zero at their own date (M15)."""
    asked: SalesQuery = request.query
    span, names = span_of(asked, request.now), staff.directory(request.now)
    seen = colleagues(request.staff, names) if request.staff.role == "team_lead" else None
    rows = [row for row in sources.entries_of(span) if seen is None or key(row.userid or "") in seen]
    titles = sources.names_of(sources.channels_asked(None)) if asked.group_by == "channel" else {}
    parts: dict[str, list[tuple[SalesRow, int]]] = {}
    for row in rows:
        for name, fen in _parts(row, asked.group_by):
            parts.setdefault(name, []).append((row, fen))
    lines = []
    for name, found in parts.items():
        title = names.name_of(name) if asked.group_by == "staff" and name else titles.get(name, name)
        lines.append(_line(name, title, found))
    total = _line("", "合计", [(row, int(row.fen)) for row in rows])
    kept = sorted((each for each in lines if each.net_fen or each.booked_fen), key=_most_first)
    return SalesOut(**_days(span), group_by=asked.group_by, total=total, lines=kept)


def show_roi(request: Request) -> RoiOut:
    """What came of what channels cost (M6); a month's cost counts by its days."""
    span = span_of(request.query, request.now)
    cost, net = _cost_and_net(request.query.channel_id, span)
    return RoiOut(
        **_days(span), cost_fen=cost, net_fen=net, roi=shown(roi(net, cost)), roas=shown(roas(net, cost))
    )


def unit_cost(request: Request) -> UnitCostOut:
    """What one valid lead, one add and one customer who paid for the first time have cost (M4)."""
    channel_id, span = request.query.channel_id, span_of(request.query, request.now)
    asked = sources.channels_asked(channel_id)
    costs = sources.costs_by_channel(asked)
    leads = [each for each in sources.leads_created(span) if channel_id in {None, each.channel_id}]
    rows = sources.entries_of(span)
    if channel_id is not None:
        rows = [row for row in rows if any(name == channel_id for name, _ in row.channels)]
    people = set(sources.customers_of_orders(sources.paid_in(rows)).values())
    found = UnitCost(
        sum(span.part_of(each) for each in costs.values()),
        len(leads),
        len(sources.adds_of(asked, span)),
        len(sources.first_paid(people, span)),
    )
    return UnitCostOut(
        **_days(span),
        **vars(found),
        per_lead_fen=shown(found.per_lead),
        per_add_fen=shown(found.per_add),
        per_customer_fen=shown(found.per_customer),
    )


def cohort_return(request: Request) -> CohortsOut:
    """What the leads of a month have brought in each month since, and by when their cost was back (M5).

    Money is of all orders of the leads' customers, by the dates of payments and refunds. Whoever has leads in
    several months counts in each of these.
    """
    asked: CohortQuery = request.query
    span = month_span(asked.month)
    chosen = sources.channels_asked(asked.channel_id)
    costs = sources.costs_by_channel(chosen)
    leads = [each for each in sources.leads_created(span) if asked.channel_id in {None, each.channel_id}]
    roots = sources.roots_of(each.customer_id for each in leads)
    whose = {
        channel: {
            roots[each.customer_id] for each in leads if each.channel_id == channel and each.customer_id
        }
        for channel in {*(each.channel_id for each in leads), *(each.channel_id for each in chosen)}
    }
    by_customer = _by_customer(set(roots.values()), month_span(asked.month, asked.months))
    months = month_span(asked.month, asked.months).months
    names = sources.names_of(chosen)

    def told(channel: str, title: str, people: set[str], count: int, cost: int) -> CohortOut:
        revenue = tuple(sum(by_customer.get((customer, month), 0) for customer in people) for month in months)
        return _cohort_out(channel, title, count, CohortReturn(cost, revenue), months)

    counts = Counter(each.channel_id for each in leads)
    lines = [
        told(each, names.get(each, each), people, counts[each], costs.get(each, {}).get(asked.month, 0))
        for each, people in sorted(whose.items())
    ]
    cost = sum(each.get(asked.month, 0) for each in costs.values())
    total = told("", "合计", set(roots.values()), len(leads), cost)
    return CohortsOut(month=asked.month, total=total, channels=lines)


def value(request: Request) -> ValueOut:
    """What customers are worth: per customer and order, who bought again, what was renewed (M13)."""
    span = span_of(request.query, request.now)
    rows = sources.entries_of(span)
    whose = sources.customers_of_orders(sources.paid_in(rows))
    contracts = [
        each for each in several(ending(span.months, span.first, span.last)) if each.state == "signed"
    ]
    renewals = leads_of([each.renewed_by for each in contracts if each.renewed_by])
    found = Value(
        sum(int(row.fen) for row in rows),
        Counter(whose.values()),
        len(contracts),
        sum(each.status == "WON" for each in renewals),
    )
    return ValueOut(
        **_days(span),
        net_fen=found.net_fen,
        customers=len(found.orders),
        orders=sum(found.orders.values()),
        arpu_fen=shown(found.arpu),
        order_value_fen=shown(found.order_value),
        repeat_rate=shown(found.repeat_rate),
        contracts_due=found.due,
        contracts_renewed=found.renewed,
        renewal_rate=shown(found.renewal_rate),
    )


def _cost_and_net(channel_id: str | None, span: Span) -> tuple[int, int]:
    costs = sources.costs_by_channel(sources.channels_asked(channel_id))
    rows = sources.entries_of(span)
    net = sum(int(row.fen) for row in rows)
    if channel_id is not None:
        net = sources.by_channel(rows).get(channel_id, 0)
    return sum(span.part_of(each) for each in costs.values()), net


def _by_customer(people: set[str], span: Span) -> dict[tuple[str, str], int]:
    """Return what customers brought, by (customer, month)."""
    if len(people) > MOST_CUSTOMERS:
        raise sources.too_many()
    known = sources.customers.several(people)
    parts = {part: root for root in people for part in (root, *known[root].absorbed) if root in known}
    whose = {
        (source, order_no): root
        for part, root in parts.items()
        for source, order_no, sale in orders.named_sales(part)
        if sale.paid_at
    }
    found: dict[tuple[str, str], int] = {}
    for row in sources.entries_of(span) if whose else ():
        if root := whose.get(sources.order_of(row)):
            place = root, str(row.sk)[:7]
            found[place] = found.get(place, 0) + int(row.fen)
    return found


def _cohort_out(channel: str, title: str, count: int, found: CohortReturn, months: list[str]) -> CohortOut:
    return CohortOut(
        channel_id=channel,
        name=title,
        leads=count,
        cost_fen=found.cost_fen,
        months=[
            MonthOut(k=place, month=month, revenue_fen=revenue, total_fen=total, rate=shown(rate))
            for place, (month, revenue, total, rate) in enumerate(
                zip(months, found.revenue_fen, found.total_fen, found.returns, strict=True)
            )
        ],
        payback=found.payback,
    )


def _parts(row: SalesRow, group_by: str) -> list[tuple[str, int]]:
    if group_by == "staff":
        return [(row.userid or "", int(row.fen))]
    found = row.channels if group_by == "channel" else row.products
    return [(str(name), int(fen)) for name, fen in found]


def _line(name: str, title: str, found: Iterable[tuple[SalesRow, int]]) -> SaleLineOut:
    there = list(found)
    refunds = sum(fen for row, fen in there if row.event.startswith("refund"))
    net = sum(fen for _, fen in there)
    return SaleLineOut(
        id=name,
        name=title,
        booked_fen=net - refunds,
        refunded_fen=refunds,
        net_fen=net,
        orders=len(sources.paid_in(row for row, _ in there)),
    )


def _most_first(line: SaleLineOut) -> tuple[int, str]:
    return -line.net_fen, line.id


def _days(span: Span) -> dict[str, Any]:
    return {"start": span.first.isoformat(), "end": span.last.isoformat()}
