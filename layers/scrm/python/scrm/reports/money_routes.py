"""/admin/reports/sales, roi, unit-cost, value: what was sold, and what it cost (spec 6)."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from scrm.attribution.dynamodb import SalesRow
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.leads.contracts_dynamodb import ending, several
from scrm.leads.created_dynamodb import leads_of
from scrm.reports import sources
from scrm.reports.formulas import UnitCost, Value, roas, roi, shown
from scrm.reports.money_models import RoiOut, SaleLineOut, SalesOut, SalesQuery, UnitCostOut, ValueOut
from scrm.reports.people_models import ChannelQuery
from scrm.reports.span import Span, SpanQuery, days_of, span_of
from scrm.reports.viewers import MONEY, SALES, SCOPE, members_seen
from scrm.staff import dynamodb as staff
from scrm.staff.model import key

_NOBODYS = {"staff": "未归属", "channel": "无渠道", "product": "未列商品"}
"""What a line is called that is of nobody, so that it still sums up."""


def declare(api: Api) -> None:
    """Add the routes."""
    corp: dict[str, Any] = {"roles": MONEY, "scope": "the corp"}
    team: dict[str, Any] = {"roles": SALES, "scope": SCOPE}
    api.route("GET", "/admin/reports/sales", query=SalesQuery, answers=SalesOut, **team)(sales)
    api.route("GET", "/admin/reports/roi", query=ChannelQuery, answers=RoiOut, **corp)(show_roi)
    api.route("GET", "/admin/reports/unit-cost", query=ChannelQuery, answers=UnitCostOut, **corp)(unit_cost)
    api.route("GET", "/admin/reports/value", query=SpanQuery, answers=ValueOut, **corp)(value)


def sales(request: Request) -> SalesOut:
    """What was sold, by member, channel or product; refunds are below zero at their own date (M15)."""
    asked: SalesQuery = request.query
    span, names = span_of(asked, request.now), staff.directory(request.now)
    seen = members_seen(request)
    rows = [row for row in sources.entries_of(span) if seen is None or key(row.userid or "") in seen]
    titles = sources.names_of(sources.channels_asked(None)) if asked.group_by == "channel" else {}
    parts: dict[str, list[tuple[SalesRow, int]]] = {}
    for row in rows:
        for name, fen in _parts(row, asked.group_by):
            parts.setdefault(name, []).append((row, fen))
    lines = []
    for name, found in parts.items():
        title = names.name_of(name) if asked.group_by == "staff" and name else titles.get(name, name)
        lines.append(_line(name, title or _NOBODYS[asked.group_by], found))
    total = _line("", "合计", [(row, int(row.fen)) for row in rows])
    kept = sorted((each for each in lines if each.net_fen or each.booked_fen), key=_most_first)
    return SalesOut(**days_of(span), group_by=asked.group_by, total=total, lines=kept)


def show_roi(request: Request) -> RoiOut:
    """What came of what channels cost (M6); a month's cost counts by its days."""
    span = span_of(request.query, request.now)
    cost, net = _cost_and_net(request.query.channel_id, span)
    return RoiOut(
        **days_of(span), cost_fen=cost, net_fen=net, roi=shown(roi(net, cost)), roas=shown(roas(net, cost))
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
        **days_of(span),
        **vars(found),
        per_lead_fen=shown(found.per_lead),
        per_add_fen=shown(found.per_add),
        per_customer_fen=shown(found.per_customer),
    )


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
        **days_of(span),
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
