"""/admin/reports/deals: which deals were signed in one month and paid in another (LED-33)."""

from typing import Annotated, Literal

from pydantic import Field

from scrm.attribution import dynamodb as attribution
from scrm.http.fields import In, Moment, Out
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.leads.contracts_dynamodb import signed_in
from scrm.leads.created_dynamodb import leads_of
from scrm.leads.evidence_dynamodb import evidences_of, is_account, order_of, won_by_orders
from scrm.leads.model import Lead
from scrm.leads.united import contracts_of
from scrm.moments import BEIJING
from scrm.reports import sources
from scrm.reports.deals import Deal, by_months, deals_of, of_months
from scrm.reports.span import Span, month_span
from scrm.reports.viewers import SALES, SCOPE, members_seen
from scrm.staff import dynamodb as staff
from scrm.staff.model import key

MOST_LEADS = 500
"""Of one report: each costs a query."""


class DealsQuery(In):
    """Deals signed, paid or paid back in this month, and up to eleven more; this one without."""

    month: Annotated[str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$", examples=["2026-03"])] | None = None
    months: Annotated[int, Field(ge=1, le=12)] = 1


class PaidOut(Out):
    """What was paid in a month, refunds taken off."""

    month: str
    fen: int


class DealOut(Out):
    """One contract: when it was signed, by what its lead was won, what was paid for it in which months.

    `spans`: not all of it is of the month of its signing; `hint` says so in words.
    """

    lead_id: str
    contract_id: str
    number: str
    owner: str
    owner_name: str
    customer_id: str
    amount_fen: int
    signed_at: Moment
    sign_month: str
    won_by: Literal["payment", "account_opened"] | None
    paid: list[PaidOut]
    spans: bool
    hint: str


class MonthsOut(Out):
    """How many deals of a month of signing were paid in a month, and how much; `pay_month` null: not paid."""

    sign_month: str
    pay_month: str | None
    deals: int
    fen: int


class DealsOut(Out):
    """The deals of these months, those signed first first, and how they are spread over months."""

    months: list[str]
    by_months: list[MonthsOut]
    deals: list[DealOut]


def declare(api: Api) -> None:
    """Add the route."""
    path = "/admin/reports/deals"
    api.route("GET", path, roles=SALES, scope=SCOPE, query=DealsQuery, answers=DealsOut)(show)


def show(request: Request) -> DealsOut:
    """The deals of some months by the month of signing and of payment; a leader sees their members'."""
    asked: DealsQuery = request.query
    month = asked.month or f"{request.now.astimezone(BEIJING):%Y-%m}"
    span, seen = month_span(month, asked.months), members_seen(request)
    leads = [each for each in _leads(span) if seen is None or key(each.owner) in seen]
    if len(leads) > MOST_LEADS:
        raise sources.too_many()
    found = sorted(
        (each for each in _deals(leads) if of_months(each, span.months)),
        key=lambda each: (each.contract.signed_at, each.contract.contract_id),
    )
    spread = [
        MonthsOut(sign_month=signed, pay_month=paid or None, deals=count, fen=fen)
        for signed, paid, count, fen in by_months(found)
    ]
    people = staff.directory(request.now)
    shown = [_out(each, people.name_of(each.lead.owner) if each.lead.owner else "") for each in found]
    return DealsOut(months=span.months, by_months=spread, deals=shown)


def _leads(span: Span) -> list[Lead]:
    """Return the leads with a contract of these days, or won by an order with money of these days."""
    ids = {lead_id for lead_id, _ in signed_in(span.months, span.first, span.last)}
    ids |= won_by_orders({sources.order_of(row) for row in sources.entries_of(span)})
    found = {each.lead_id: each for each in leads_of(sorted(ids))}
    # The contracts of a lead that was merged count for the one it went into.
    while into := {each.merged_into for each in found.values() if each.merged_into} - found.keys():
        found |= {each.lead_id: each for each in leads_of(sorted(into))}
    return [each for each in found.values() if not each.merged_into]


def _deals(leads: list[Lead]) -> list[Deal]:
    evidence = evidences_of(each.lead_id for each in leads)
    orders = {lead_id: order for lead_id, told in evidence.items() if (order := order_of(told))}
    paid = attribution.months_of(attribution.several(orders.values()).values())
    return [
        deal
        for each in leads
        for deal in deals_of(
            each,
            contracts_of(each),
            evidence.get(each.lead_id, ""),
            paid.get(orders[each.lead_id], {}) if each.lead_id in orders else {},
        )
    ]


def _out(deal: Deal, owner_name: str) -> DealOut:
    lead, contract = deal.lead, deal.contract
    won_by: Literal["payment", "account_opened"] | None = "payment" if deal.evidence else None
    if is_account(deal.evidence):
        won_by = "account_opened"
    return DealOut(
        lead_id=lead.lead_id,
        contract_id=contract.contract_id,
        number=contract.number,
        owner=lead.owner,
        owner_name=owner_name,
        customer_id=lead.customer_id,
        amount_fen=contract.amount_fen,
        signed_at=contract.signed_at,
        sign_month=deal.sign_month,
        won_by=won_by,
        paid=[PaidOut(month=month, fen=fen) for month, fen in sorted(deal.paid.items())],
        spans=deal.spans,
        hint=deal.hint,
    )
