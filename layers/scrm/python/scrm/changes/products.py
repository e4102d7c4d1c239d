"""What follows for products from an order or an item of the library. Pure."""

from collections.abc import Iterator

from scrm.changes.sale_effects import ProductNamed, ProductsMissing
from scrm.library.model import Item
from scrm.orders.model import Order


def products_missing(before: Order | None, after: Order | None) -> Iterator[ProductsMissing]:
    """Yield which products an order names that nobody knew, when that has changed."""
    known = before.placed.unknown_products if before and before.placed else ()
    if after and after.placed and after.placed.unknown_products:
        new = tuple(each for each in after.placed.unknown_products if each not in known)
        if new:
            yield ProductsMissing(after.source, after.order_no, new)


def product_named(before: Item | None, after: Item | None) -> Iterator[ProductNamed]:
    """Yield the code that a published product has, and the one it has no longer.

    A product that is archived or deleted keeps its code: orders go on naming it, and no feed brings it back.
    """
    old, new = _code(before), _code(after)
    if before and old and old != new:
        yield ProductNamed(before.item_id, old, gone=True)
    if after and after.live and new and after.status != "deleted" and (old != new or _began(before, after)):
        yield ProductNamed(after.item_id, new, after.live.title, after.live.summary.get("price_fen"))


def _began(before: Item | None, after: Item) -> bool:
    return after.is_live and not (before and before.is_live)


def _code(item: Item | None) -> str:
    return str(item.live.summary.get("code", "")) if item and item.live else ""
