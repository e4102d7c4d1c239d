"""Rows of erasures: `ERASURES` / `ERASURE#<erasure_id>`; an id begins with its time."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError
from pynamodb.transactions import TransactWrite

from scrm.privacy.erasure import Erasure
from scrm.privacy.person import Person
from scrm.table import Row, rfc3339

ERASURES = "ERASURES"
PREFIX = "ERASURE#"


class ErasureChanged(RuntimeError):
    """Another run took the erasure further; nothing was written."""


class ErasureRow(Row):
    """One erasure."""

    requested_by = UnicodeAttribute()
    requested_at = UnicodeAttribute()
    status = UnicodeAttribute()
    customer_ids: JSONAttribute = JSONAttribute(null=True)
    person: JSONAttribute = JSONAttribute(null=True)
    counts: JSONAttribute = JSONAttribute(null=True)
    finished_at = UnicodeAttribute(null=True)
    version = NumberAttribute()

    def entity(self) -> Erasure:
        """Return the row as the rest of the product knows it."""
        return Erasure(
            self.sk.removeprefix(PREFIX),
            self.requested_by,
            datetime.fromisoformat(self.requested_at),
            self.status,  # type: ignore[arg-type]  # only our own writer fills it
            tuple(self.customer_ids or ()),
            Person.of(self.person) if self.person else None,
            dict(self.counts or {}),
            datetime.fromisoformat(self.finished_at) if self.finished_at else None,
            int(self.version),
        )

    @classmethod
    def of(cls, erasure: Erasure) -> "ErasureRow":
        """Return the row of an erasure."""
        return cls(
            ERASURES,
            PREFIX + erasure.erasure_id,
            requested_by=erasure.requested_by,
            requested_at=rfc3339(erasure.requested_at.astimezone(UTC)),
            status=erasure.status,
            customer_ids=list(erasure.customer_ids) or None,
            person=erasure.person.plain() if erasure.person else None,
            counts=dict(erasure.counts) or None,
            finished_at=rfc3339(erasure.finished_at.astimezone(UTC)) if erasure.finished_at else None,
            version=erasure.version,
        )


def begin_step(erasure: Erasure) -> Callable[[TransactWrite], None]:
    """Return the transaction step that stores a new erasure; refused when it is there."""
    row = ErasureRow.of(erasure)
    return lambda transaction: transaction.save(row, condition=ErasureRow.pk.does_not_exist())


def save(erasure: Erasure) -> Erasure:
    """Store an erasure over the version it was read with; return it. Raises ErasureChanged. 1 WRU each KB."""
    saved = replace(erasure, version=erasure.version + 1)
    try:
        ErasureRow.of(saved).save(condition=ErasureRow.version == erasure.version)
    except PutError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            raise ErasureChanged(erasure.erasure_id) from None
        raise
    return saved


def end_step(erasure: Erasure) -> Callable[[TransactWrite], None]:
    """Return the transaction step that stores an erasure's end over the version it was read with."""
    row = ErasureRow.of(replace(erasure, version=erasure.version + 1))
    unchanged = ErasureRow.version == erasure.version
    return lambda transaction: transaction.save(row, condition=unchanged)


def erasure(erasure_id: str) -> Erasure | None:
    """Return an erasure, strongly read, or None. 1 RRU for each 4 KB."""
    try:
        return ErasureRow.get(ERASURES, PREFIX + erasure_id, consistent_read=True).entity()
    except ErasureRow.DoesNotExist:
        return None


def erasure_of(customer_id: str) -> Erasure | None:
    """Return the erasure of a customer that is under way, None without one. By bytes."""
    rows = ErasureRow.query(ERASURES, scan_index_forward=False, consistent_read=True)
    under_way = (row.entity() for row in rows if row.status != "done")
    return next((each for each in under_way if customer_id in each.customer_ids), None)


def listed(limit: int, before: dict[str, Any] | None) -> tuple[list[Erasure], dict[str, Any] | None]:
    """Return up to `limit` erasures, newest first, and the key to go on after."""
    start = {name: {"S": str(value)} for name, value in (before or {}).items()}
    found = ErasureRow.query(
        ERASURES, scan_index_forward=False, limit=limit, last_evaluated_key=start or None
    )
    rows = [row.entity() for row in found]
    last = found.last_evaluated_key
    return rows, {name: value["S"] for name, value in last.items()} if last else None
