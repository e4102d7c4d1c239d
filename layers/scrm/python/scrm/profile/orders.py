"""A customer's orders, latest first, for whoever may see the customer."""

from collections.abc import Iterable
from datetime import datetime

from scrm.admin.lists import page_of
from scrm.customers.model import Customer
from scrm.http.fields import Page
from scrm.orders.dynamodb import named_sales
from scrm.orders.model import Sale
from scrm.profile.models import LineOut, OrderOut

_LAST = 10**11


def orders_of(customer: Customer) -> list[OrderOut]:
    """Return every order of a customer and of everybody merged into them, latest first; unpaid ones last.

    One query for each part, by bytes.
    """
    ids = [each.customer_id for each in customer.parts] or [customer.customer_id]
    found = [_order(*named) for each in ids for named in named_sales(each)]
    return sorted(found, key=_place)


def page(customer: Customer, limit: int, cursor: str | None) -> Page[OrderOut]:
    """Return one page of them."""
    place = f"ORDERS#{customer.customer_id}"
    items, more = page_of(place, orders_of(customer), _place, limit, cursor)
    return Page(items=items, next_cursor=more)


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
