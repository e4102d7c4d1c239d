"""Stream records of orders, products and sends, read into what changed, and what follows from it."""

from datetime import datetime

from scrm.changes.effects import Effect
from scrm.changes.images import Change
from scrm.changes.lead_effects import OrderPaid
from scrm.changes.products import product_named, products_missing
from scrm.changes.sale_effects import OrderChanged, OrdersChanged, ProductKnown, Shared
from scrm.changes.sends import send_changed, send_used
from scrm.library.rows_dynamodb import ItemRow, library_pk
from scrm.orders.dynamodb import ORDER, ORDERS, OrderRow
from scrm.orders.model import Order
from scrm.privacy.person import PSEUDONYM
from scrm.products.dynamodb import PREFIX as PRODUCT
from scrm.products.dynamodb import PRODUCTS
from scrm.sends.rows_dynamodb import SEND, SHARES, SendRow

PRODUCT_LIBRARY = library_pk("product")
SENT = "SEND#"


def of_order_of_customer(change: Change) -> list[Effect]:
    """Return that an order became, or was, a customer's."""
    customer_id = change.pk.removeprefix(ORDERS)
    return [] if customer_id.startswith(PSEUDONYM) else [OrdersChanged(customer_id)]


def of_share(change: Change) -> list[Effect]:
    """Return that something was sent to a customer, or opened; what is only prepared is before all times."""
    at = change.place.partition("#")[0]
    return (
        [Shared(change.pk.removeprefix(SHARES), datetime.fromisoformat(at))] if at and change.is_new else []
    )


def of_order(change: Change) -> list[Effect]:
    """Return what follows from a change of an order."""
    if change.place != ORDER:
        return []
    source, order_no = change.pk.split("#", 2)[1:]
    before, after = (each.entity() if each else None for each in change.images(OrderRow))
    paid = [OrderPaid(source, order_no)] if _is_or_was_paid(before) or _is_or_was_paid(after) else []
    return [OrderChanged(source, order_no), *paid, *products_missing(before, after)]


def _is_or_was_paid(order: Order | None) -> bool:
    return order is not None and order.sale().paid_at is not None


def of_item(change: Change) -> list[Effect]:
    """Return what follows from a change of an item of the products' library."""
    if change.pk != PRODUCT_LIBRARY:
        return []
    before, after = (each.entity() if each else None for each in change.images(ItemRow))
    return [*product_named(before, after)]


def of_product(change: Change) -> list[Effect]:
    """Return what follows from a product that is new."""
    known = change.is_new and change.pk == PRODUCTS
    return [ProductKnown(change.place.removeprefix(PRODUCT))] if known else []


def of_send(change: Change) -> list[Effect]:
    """Return what follows from a change of a send, or from its use."""
    send_id = change.pk.removeprefix(SENT)
    if change.place != SEND:
        return [*send_used(send_id, change.place)] if change.is_new else []
    before, after = (each.entity() if each else None for each in change.images(SendRow))
    return [*send_changed(before, after)]
