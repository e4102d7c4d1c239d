"""/admin/reports/cohort-return: what the leads of a month have brought since (M5, RPT-07)."""

from collections import Counter

from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.orders import dynamodb as orders
from scrm.reports import sources
from scrm.reports.formulas import CohortReturn, shown
from scrm.reports.money_models import CohortOut, CohortQuery, CohortsOut, MonthOut
from scrm.reports.span import Span, month_span
from scrm.reports.viewers import MONEY

MOST_CUSTOMERS = 3000


def declare(api: Api) -> None:
    """Add the route."""
    path, corp = "/admin/reports/cohort-return", "the corp"
    api.route("GET", path, roles=MONEY, scope=corp, query=CohortQuery, answers=CohortsOut)(cohort_return)


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
