"""/admin/reports/campaigns: what answered each campaign (RPT-16, LED-09)."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from scrm.http.fields import Out
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.leads.model import Lead
from scrm.reports import sources
from scrm.reports.span import Span, SpanOut, SpanQuery, days_of, span_of
from scrm.reports.viewers import CORP


class CampaignOut(Out):
    """What answered a campaign. Orders and money are of customers whose leads it brought.

    Scans are those of its code that were told; adds are through its dynamic codes 动态活码.
    """

    campaign: str
    scans: int
    adds: int
    leads: int
    won: int
    customers: int
    orders: int
    net_fen: int


class CampaignsOut(SpanOut):
    """The campaigns that were scanned, added through or brought leads in these days."""

    lines: list[CampaignOut]


@dataclass(frozen=True)
class Sold:
    """Paid orders by customer, and the net of each order in fen."""

    orders: Mapping[str, Sequence[sources.Named]]
    net: Mapping[sources.Named, int]


def declare(api: Api) -> None:
    """Add the route."""
    path, corp = "/admin/reports/campaigns", "the corp"
    api.route("GET", path, roles=CORP, scope=corp, query=SpanQuery, answers=CampaignsOut)(campaigns)


def campaigns(request: Request) -> CampaignsOut:
    """What answered each campaign in these days: scans, adds, leads, who of these paid, how much (RPT-16)."""
    span = span_of(request.query, request.now)
    answered = sources.answers_of(span)
    leads: dict[str, list[Lead]] = {}
    for each in sources.leads_created(span):
        if each.campaign:
            leads.setdefault(each.campaign, []).append(each)
    roots = sources.roots_of(each.customer_id for found in leads.values() for each in found)
    sold = _sold(span) if leads else Sold({}, {})
    lines = []
    for name in sorted({*answered, *leads}):
        found = leads.get(name, [])
        people = {roots[each.customer_id] for each in found if each.customer_id}
        lines.append(_line(name, answered.get(name, Counter()), found, people, sold))
    return CampaignsOut(**days_of(span), lines=lines)


def _line(
    name: str, answered: Counter[str], leads: Sequence[Lead], people: Iterable[str], sold: Sold
) -> CampaignOut:
    buyers = [each for each in people if each in sold.orders]
    orders = [order for each in buyers for order in sold.orders[each]]
    return CampaignOut(
        campaign=name,
        scans=answered["scan"],
        adds=answered["add"],
        leads=len(leads),
        won=sum(each.status == "WON" for each in leads),
        customers=len(buyers),
        orders=len(orders),
        net_fen=sum(sold.net[each] for each in orders),
    )


def _sold(span: Span) -> Sold:
    rows = sources.entries_of(span)
    net = Counter[sources.Named]()
    for row in rows:
        net[sources.order_of(row)] += int(row.fen)
    orders: dict[str, list[sources.Named]] = {}
    for order, customer in sources.customers_of_orders(sources.paid_in(rows)).items():
        orders.setdefault(customer, []).append(order)
    return Sold(orders, net)
