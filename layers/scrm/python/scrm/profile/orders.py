"""A customer's orders, latest first, for whoever may see the customer."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from scrm.admin.lists import page_of
from scrm.attribution.dynamodb import Attribution, several
from scrm.customers.model import Customer
from scrm.http.fields import Page
from scrm.orders.dynamodb import named_sales
from scrm.orders.model import Sale
from scrm.products import dynamodb as products
from scrm.profile.models import AttributedOut, LineOut, OrderOut, SellerOut
from scrm.staff.model import Directory

_LAST = 10**11


def orders_of(customer: Customer) -> list[OrderOut]:
    """Return every order of a customer and of everybody merged into them, latest first; unpaid ones last.

    One query for each part, by bytes.
    """
    ids = [each.customer_id for each in customer.parts] or [customer.customer_id]
    found = [_order(*named) for each in ids for named in named_sales(each)]
    return sorted(found, key=_place)


def page(customer: Customer, limit: int, cursor: str | None, names: Directory) -> Page[OrderOut]:
    """Return one page of them, with whose sales they are and which products: two batch reads more."""
    place = f"ORDERS#{customer.customer_id}"
    items, more = page_of(place, orders_of(customer), _place, limit, cursor)
    return Page(items=attributed(items, names), next_cursor=more)


def attributed(orders: Sequence[OrderOut], names: Directory) -> list[OrderOut]:
    """Return the orders with whose sales they are and which products of the library were bought.

    A batch read for each 100 orders, and one for each 100 products.
    """
    known = several((each.source, each.order_no) for each in orders)
    bought = products.found(line.product_code for each in orders for line in each.lines)
    for line in (line for each in orders for line in each.lines):
        there = bought.get(line.product_code)
        line.item_id = there.item_id or None if there else None
    return [
        each.model_copy(update={"attribution": _attributed(known.get((each.source, each.order_no)), names)})
        for each in orders
    ]


def _attributed(known: Attribution | None, names: Directory) -> AttributedOut | None:
    if known is None or known.decision is None:
        return None
    share = known.decision.share
    return AttributedOut(
        rule=known.decision.rule,
        members=sellers(known, names),
        share_id=share.share_id if share else None,
        kind=share.kind if share else None,
        item_id=share.item_id if share else None,
    )


def sellers(known: Attribution, names: Directory) -> list[SellerOut]:
    """Return what each member has of an order, in the order of the decision."""
    userids = [userid for userid, _ in known.decision.members] if known.decision else []
    return [
        SellerOut(userid=each, name=names.name_of(each) if each else "", fen=known.members.get(each, 0))
        for each in dict.fromkeys((*userids, *known.members))
    ]


def divided(orders: Iterable[OrderOut], at: datetime | None) -> tuple[list[OrderOut], list[OrderOut]]:
    """Return the paid orders from before `at` and those from then on; all are before while it is unknown."""
    paid = [(each, each.paid_at) for each in orders if each.paid_at]
    before = [each for each, when in paid if at is None or when < at]
    return before, [each for each, when in paid if at is not None and when >= at]


def _order(source: str, order_no: str, sale: Sale) -> OrderOut:
    return OrderOut(
        source=source,
        order_no=order_no,
        paid_at=sale.paid_at,
        paid_fen=sale.paid_fen,
        refunded_fen=sale.refunded_fen,
        net_fen=sale.paid_fen - sale.refunded_fen,
        lines=[LineOut.model_validate(each) for each in sale.lines],
    )


def _place(order: OrderOut) -> str:
    """Return text that sorts the later first."""
    age = _LAST - int(order.paid_at.timestamp()) if order.paid_at else _LAST
    return f"{age:012d}#{order.source}#{order.order_no}"
