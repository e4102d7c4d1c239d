"""/admin/orders/…/attribution and /admin/attributions: whose sale an order is, and why (spec 4.6, CON-11)."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from scrm.admin.rights import SEE_CUSTOMERS
from scrm.attribution import dynamodb as stored
from scrm.attribution.dynamodb import Attribution
from scrm.attribution.model import ChannelMode, Rule
from scrm.http import problems
from scrm.http.fields import In, Moment, Out
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.http.scope import sees_everybody
from scrm.orders import dynamodb as orders
from scrm.orders.model import Order
from scrm.privacy.person import PSEUDONYM
from scrm.profile.finding import profile_named
from scrm.profile.models import SellerOut
from scrm.profile.orders import sellers
from scrm.sidebar.access import refusal
from scrm.staff import dynamodb as staff

MOST_BOOKINGS = 50
ORDER = re.compile(r"^[a-z0-9][a-z0-9_-]{0,31}/[^\s#]{1,64}$")


class ShareOut(Out):
    """The send or click that decided; `ordered`: the order itself carried the share id."""

    share_id: str
    userid: str
    how: Literal["sent", "opened", "ordered"]
    at: Moment
    kind: str
    item_id: str


class LeadOut(Out):
    """Who owned the lead at the payment; from whom they had it, and since when, where it was inherited."""

    userid: str
    inherited_from: str
    inherited_at: Moment | None


class FriendOut(Out):
    """The friend of the latest contact."""

    userid: str
    contact_at: Moment


class TermsOut(Out):
    """The terms of the time of the decision, which stay with it."""

    window_days: int
    friend_days: int
    old_percent: int
    inherited_days: int
    channel_mode: ChannelMode


class WeightOut(Out):
    """A part of a whole, by name; an empty name stands for none."""

    name: str
    fen: int


class EntryOut(Out):
    """One entry: what a member has of a payment, or below zero of a refund, by channel and by product."""

    date: str
    event: str
    userid: str
    fen: int
    channels: list[WeightOut]
    products: list[WeightOut]


class AttributionOut(Out):
    """Whose sale an order is. `rule` null: nothing is paid yet, or it is still being entered.

    share: the last send or click within the window. lead: the lead's owner, with the former one where it was
    inherited lately. friend: the latest contact. none: nobody's. `entries` are those of the latest 50
    bookings; what was taken back is not among them.
    """

    source: str
    order_no: str
    rule: Rule | None
    paid_at: Moment | None
    decided_at: Moment | None
    members: list[SellerOut]
    share: ShareOut | None
    lead: LeadOut | None
    friend: FriendOut | None
    terms: TermsOut | None
    entries: list[EntryOut]


def _with_its_source(order: str) -> str:
    if not ORDER.fullmatch(order):
        raise ValueError("应为 来源/订单号（source/order_no），例如 tmall/T2026030200001")
    return order


class AttributionsQuery(In):
    """Which order: its source and number."""

    order: Annotated[
        str,
        AfterValidator(_with_its_source),
        Field(examples=["tmall/T2026030200001"], json_schema_extra={"pattern": ORDER.pattern}),
    ]


class AttributionsOut(Out):
    """Whose sales the orders are. `net_fen`: what is left of the order; the members' parts sum to it."""

    net_fen: int
    items: list[AttributionOut]


def declare(api: Api) -> None:
    """Add the routes: /admin/orders/… and /admin/attributions are two names of one thing."""
    common: dict[str, Any] = {"roles": SEE_CUSTOMERS, "scope": "customers within the data scope"}
    pattern = "/admin/orders/{source}/{order_no}/attribution"
    api.route("GET", pattern, answers=AttributionOut, **common)(explain)
    found: dict[str, Any] = {"query": AttributionsQuery, "answers": AttributionsOut}
    api.route("GET", "/admin/attributions", **found, **common)(look_up)


def explain(request: Request) -> AttributionOut:
    """Whose sale an order is, by which rule and evidence, and what is entered of it."""
    return _explained(request, orders.order(request.params["source"], request.params["order_no"]))


def look_up(request: Request) -> AttributionsOut:
    """Whose sale an order is: what each has of it in fen, refunds taken off, by which rule and evidence."""
    source, _, order_no = request.query.order.partition("/")
    order = orders.order(source, order_no)
    told = _explained(request, order)
    sale = order.sale()
    net = sale.paid_fen - sale.refunded_fen if told.rule else 0
    return AttributionsOut(net_fen=net, items=[told])


def _explained(request: Request, order: Order) -> AttributionOut:
    source, order_no = order.source, order.order_no
    _refuse_foreign(request, order.customer_id)
    known = stored.attribution(source, order_no)
    decision, basis = known.decision, known.basis
    return AttributionOut(
        source=source,
        order_no=order_no,
        rule=decision.rule if decision else None,
        paid_at=basis.paid_at if basis else None,
        decided_at=known.decided_at,
        members=sellers(known, staff.directory(request.now)) if decision else [],
        share=ShareOut.model_validate(decision.share) if decision and decision.share else None,
        lead=LeadOut.model_validate(decision.lead) if decision and decision.lead else None,
        friend=FriendOut.model_validate(decision.friend) if decision and decision.friend else None,
        terms=TermsOut.model_validate(decision.terms) if decision else None,
        entries=_entries(known),
    )


def _refuse_foreign(request: Request, customer_id: str | None) -> None:
    """Raise where the caller may not see whose order it is; an order of nobody is only for who sees all."""
    everything = sees_everybody(request.staff)
    if customer_id is None:
        raise problems.not_found("没有这笔订单") if everything else refusal()
    if not (everything and customer_id.startswith(PSEUDONYM)):
        profile_named(request, customer_id)


def _entries(known: Attribution) -> list[EntryOut]:
    latest = sorted(known.booked.values(), key=lambda each: (each.date, each.first))[-MOST_BOOKINGS:]
    return [
        EntryOut(
            date=str(row.sk)[:10],
            event=row.event,
            userid=row.userid or "",
            fen=int(row.fen),
            channels=[WeightOut(name=name, fen=fen) for name, fen in row.channels],
            products=[WeightOut(name=name, fen=fen) for name, fen in row.products],
        )
        for each in latest
        for row in stored.entered(known, each)
    ]
