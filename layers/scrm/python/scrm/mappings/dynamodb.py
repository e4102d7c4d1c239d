"""Rows of mappings: `MAPPINGS` holds one for each feed."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.transactions import TransactWrite

from scrm.mappings.model import FeedMapping, Part
from scrm.table import Row, rfc3339

MAPPINGS = "MAPPINGS"
PREFIX = "MAPPING#"

Step = Callable[[TransactWrite], None]


class MappingRow(Row):
    """How one feed is read."""

    target = UnicodeAttribute()
    rows = UnicodeAttribute(null=True)
    parts: JSONAttribute = JSONAttribute()
    ignored: JSONAttribute = JSONAttribute(null=True)
    source = UnicodeAttribute()
    version = NumberAttribute()
    updated_at = UnicodeAttribute()

    def entity(self) -> FeedMapping:
        """Return the row as the rest of the product knows it."""
        return FeedMapping(
            feed=self.sk.removeprefix(PREFIX),
            target=self.target,  # type: ignore[arg-type]  # only our own writer fills it
            parts=parts_of(self.parts),
            rows=self.rows or "",
            ignored=tuple(self.ignored or ()),
            source=self.source,
            version=int(self.version),
            updated_at=datetime.fromisoformat(self.updated_at),
        )


def parts_of(plain: dict[str, Any]) -> dict[str, Part]:
    """Return parts from plain data."""
    return {name: Part(**{**each, "rows": parts_of(each.get("rows", {}))}) for name, each in plain.items()}


def plain_parts(parts: Any) -> dict[str, Any]:
    """Return parts as plain data, without what is empty."""
    found: dict[str, Any] = {}
    for name, part in parts.items():
        plain = {**vars(part), "rows": plain_parts(part.rows), "values": dict(part.values)}
        found[name] = {key: each for key, each in plain.items() if each not in ("", None, {}, "as_is")}
    return found


def mapping(feed: str) -> FeedMapping | None:
    """Return how a feed is read, None for one nobody defined. 0.5 RRU for each 4 KB."""
    try:
        return MappingRow.get(MAPPINGS, PREFIX + feed).entity()
    except MappingRow.DoesNotExist:
        return None


def mappings() -> list[FeedMapping]:
    """Return every mapping: one query, by bytes."""
    return [row.entity() for row in MappingRow.query(MAPPINGS, MappingRow.sk.startswith(PREFIX))]


def put_step(wanted: FeedMapping, now: datetime) -> tuple[FeedMapping, Step]:
    """Return the mapping as stored then, and the step that stores it over the version read (0: new)."""
    row = MappingRow(
        MAPPINGS,
        PREFIX + wanted.feed,
        target=wanted.target,
        rows=wanted.rows or None,
        parts=plain_parts(wanted.parts),
        ignored=list(wanted.ignored) or None,
        source=wanted.source,
        version=wanted.version + 1,
        updated_at=rfc3339(now.astimezone(UTC)),
    )
    unchanged = (
        MappingRow.version == wanted.version if wanted.version else MappingRow.version.does_not_exist()
    )

    def step(transaction: TransactWrite) -> None:
        transaction.save(row, condition=unchanged)

    return row.entity(), step


def remove_step(known: FeedMapping) -> Step:
    """Return the step that deletes a mapping in the version read."""
    row, unchanged = MappingRow(MAPPINGS, PREFIX + known.feed), MappingRow.version == known.version

    def step(transaction: TransactWrite) -> None:
        transaction.delete(row, condition=unchanged)

    return step
