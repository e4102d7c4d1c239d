"""Rows of products: `PRODUCTS` holds one for each code, which orders and interests name."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError, UpdateError
from pynamodb.transactions import TransactWrite

from scrm.table import Row, rfc3339

PRODUCTS = "PRODUCTS"
PREFIX = "PRODUCT#"

Step = Callable[[TransactWrite], None]


@dataclass(frozen=True)
class Product:
    """One product. `version` is the source's own, 0 where no source tells of it; `price_fen` may be unknown.

    `item_id` is the item of the library that has this code, "" for none.
    """

    code: str
    name: str
    version: int
    price_fen: int | None = None
    item_id: str = ""


class ProductRow(Row):
    """One product."""

    name = UnicodeAttribute()
    price_fen = NumberAttribute(null=True)
    version = NumberAttribute()
    item_id = UnicodeAttribute(null=True)
    updated_at = UnicodeAttribute()

    def entity(self) -> Product:
        """Return the row as the rest of the product knows it."""
        price = None if self.price_fen is None else int(self.price_fen)
        code = self.sk.removeprefix(PREFIX)
        return Product(code, self.name, int(self.version), price, self.item_id or "")

    @classmethod
    def of(cls, product: Product, now: datetime) -> "ProductRow":
        """Return the row of a product."""
        return cls(
            PRODUCTS,
            PREFIX + product.code,
            name=product.name,
            price_fen=product.price_fen,
            version=product.version,
            item_id=product.item_id or None,
            updated_at=rfc3339(now.astimezone(UTC)),
        )


def product(code: str) -> Product | None:
    """Return a product as it is now. 1 RRU."""
    try:
        return ProductRow.get(PRODUCTS, PREFIX + code, consistent_read=True).entity()
    except ProductRow.DoesNotExist:
        return None


def put_step(after: Product, before: Product | None, now: datetime) -> Step:
    """Return the step that stores a product over the one read before."""
    row = ProductRow.of(after, now)
    unchanged: Any = ProductRow.pk.does_not_exist()
    if before is not None:
        same_item = ProductRow.item_id == before.item_id if before.item_id else _FREE
        unchanged = (ProductRow.version == before.version) & same_item
    return lambda transaction: transaction.save(row, condition=unchanged)


def claim(code: str, item_id: str, name: str, price_fen: int | None, now: datetime) -> bool:
    """Let a code stand for an item of the library; return whether it does. Safe to repeat. 1 to 2 WRU.

    A code that is new gets a product called as the item is; one that stands for another item stays with it.
    """
    row = ProductRow.of(Product(code, name, 0, price_fen, item_id), now)
    try:
        row.save(condition=ProductRow.pk.does_not_exist())
    except PutError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        return _update(code, ProductRow.item_id.set(item_id), _FREE | (ProductRow.item_id == item_id))
    return True


def release(code: str, item_id: str) -> None:
    """Let a code no longer stand for an item. Safe to repeat. 1 WRU."""
    _update(code, ProductRow.item_id.remove(), ProductRow.item_id == item_id)


def found(codes: Iterable[str]) -> dict[str, Product]:
    """Return the products that exist, by code: a batch read for each 100."""
    keys = [(PRODUCTS, PREFIX + code) for code in dict.fromkeys(codes)]
    if not keys:
        return {}
    return {each.code: each for each in (row.entity() for row in ProductRow.batch_get(keys))}


_FREE = ProductRow.item_id.does_not_exist()


def _update(code: str, action: Any, condition: Any) -> bool:
    try:
        ProductRow(PRODUCTS, PREFIX + code).update([action], condition)
    except UpdateError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            return False
        raise
    return True
