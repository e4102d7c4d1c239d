"""Which product of WeCom's album an item of ours is: `PRODUCTS`/`ALBUM#<product_sn>`."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError

from scrm.customers.model import VersionConflict
from scrm.products.dynamodb import PRODUCTS
from scrm.table import Row, rfc3339

ALBUM = "ALBUM#"


@dataclass(frozen=True)
class Link:
    """An item in the album under a product_sn. `product_id` "": not there, as far as is known.

    `asked_at`: WeCom was asked to add it then, no answer is recorded; `shown` is a stamp of what was pushed.
    """

    product_sn: str
    item_id: str
    product_id: str = ""
    shown: str = ""
    asked_at: datetime | None = None
    version: int = 0


class LinkRow(Row):
    """An item in the album."""

    item_id = UnicodeAttribute()
    product_id = UnicodeAttribute(null=True)
    shown = UnicodeAttribute(null=True)
    asked_at = UnicodeAttribute(null=True)
    version = NumberAttribute()

    def entity(self) -> Link:
        """Return the row as the rest of the product knows it."""
        asked = datetime.fromisoformat(self.asked_at) if self.asked_at else None
        sn = self.sk.removeprefix(ALBUM)
        return Link(sn, self.item_id, self.product_id or "", self.shown or "", asked, int(self.version))


def link(product_sn: str, item_id: str) -> Link:
    """Return an item's link as it is now; one that never was has version 0. 1 RRU."""
    try:
        return LinkRow.get(PRODUCTS, ALBUM + product_sn, consistent_read=True).entity()
    except LinkRow.DoesNotExist:
        return Link(product_sn, item_id)


def links(product_sns: Iterable[str]) -> dict[str, Link]:
    """Return the links that there are, by product_sn: a batch read for each 100."""
    keys = [(PRODUCTS, ALBUM + each) for each in dict.fromkeys(product_sns)]
    return {each.product_sn: each for each in (row.entity() for row in LinkRow.batch_get(keys))}


def save(after: Link) -> Link:
    """Store a link over the version it was read with; return it. Raises VersionConflict. 1 WRU."""
    row = LinkRow(
        PRODUCTS,
        ALBUM + after.product_sn,
        item_id=after.item_id,
        product_id=after.product_id or None,
        shown=after.shown or None,
        asked_at=rfc3339(after.asked_at.astimezone(UTC)) if after.asked_at else None,
        version=after.version + 1,
    )
    unchanged = LinkRow.version == after.version if after.version else LinkRow.version.does_not_exist()
    try:
        row.save(condition=unchanged)
    except PutError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            raise VersionConflict from None
        raise
    return replace(after, version=after.version + 1)
