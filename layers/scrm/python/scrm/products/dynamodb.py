"""Rows of products: `PRODUCTS` holds one for each code."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError

from scrm.table import Row, rfc3339

PRODUCTS = "PRODUCTS"
PREFIX = "PRODUCT#"


@dataclass(frozen=True)
class Product:
    """One product. `version` is the source's own; `price_fen` None where none is told."""

    code: str
    name: str
    version: int
    price_fen: int | None = None


class ProductRow(Row):
    """One product."""

    name = UnicodeAttribute()
    price_fen = NumberAttribute(null=True)
    version = NumberAttribute()
    updated_at = UnicodeAttribute()

    def entity(self) -> Product:
        """Return the row as the rest of the product knows it."""
        price = None if self.price_fen is None else int(self.price_fen)
        return Product(self.sk.removeprefix(PREFIX), self.name, int(self.version), price)


def put(product: Product, now: datetime) -> bool:
    """Store a product unless one as new is known; return whether it was stored. Safe to repeat. 1 WRU."""
    row = ProductRow(
        PRODUCTS,
        PREFIX + product.code,
        name=product.name,
        price_fen=product.price_fen,
        version=product.version,
        updated_at=rfc3339(now.astimezone(UTC)),
    )
    newer = ProductRow.version.does_not_exist() | (ProductRow.version < product.version)
    try:
        row.save(condition=newer)
    except PutError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            return False
        raise
    return True


def found(codes: Iterable[str]) -> dict[str, Product]:
    """Return the products that exist, by code: a batch read for each 100."""
    keys = [(PRODUCTS, PREFIX + code) for code in dict.fromkeys(codes)]
    if not keys:
        return {}
    return {each.code: each for each in (row.entity() for row in ProductRow.batch_get(keys))}
