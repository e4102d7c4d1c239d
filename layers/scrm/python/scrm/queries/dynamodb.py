"""Rows of saved queries: `QUERIES#<userid>` holds a member's own, `QUERIES` those everybody may use."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from scrm.queries.model import Query
from scrm.staff.model import key
from scrm.table import Row, in_transaction, rfc3339

SHARED = "QUERIES"
PREFIX = "QUERY#"


class QueryChanged(RuntimeError):
    """Another write came first; nothing was written."""


class QueryRow(Row):
    """One saved query."""

    name = UnicodeAttribute()
    condition: JSONAttribute = JSONAttribute()
    sort = UnicodeAttribute()
    owner = UnicodeAttribute()
    version = NumberAttribute()
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()

    def entity(self) -> Query:
        """Return the row as the rest of the product knows it."""
        return Query(
            self.sk.removeprefix(PREFIX),
            self.name,
            dict(self.condition),
            self.sort,  # type: ignore[arg-type]  # only our own writer fills it
            self.owner,
            self.pk == SHARED,
            int(self.version),
            datetime.fromisoformat(self.created_at),
            datetime.fromisoformat(self.updated_at),
        )

    @classmethod
    def of(cls, query: Query) -> "QueryRow":
        """Return the row of a query."""
        return cls(
            collection(query),
            PREFIX + query.query_id,
            name=query.name,
            condition=dict(query.condition),
            sort=query.sort,
            owner=query.owner,
            version=query.version,
            created_at=_text(query.created_at),
            updated_at=_text(query.updated_at),
        )


def listed(userid: str) -> list[Query]:
    """Return a member's own queries and all shared ones: two queries, by bytes."""
    own = QueryRow.query(own_collection(userid), QueryRow.sk.startswith(PREFIX))
    shared = QueryRow.query(SHARED, QueryRow.sk.startswith(PREFIX))
    return [row.entity() for each in (own, shared) for row in each]


def seen(userid: str, query_id: str) -> Query | None:
    """Return a query that a member may use: their own, or a shared one; strongly read. 1 to 2 RRU."""
    for pk in (own_collection(userid), SHARED):
        try:
            return QueryRow.get(pk, PREFIX + query_id, consistent_read=True).entity()
        except QueryRow.DoesNotExist:
            continue
    return None


def save(query: Query, known: Query | None, now: datetime) -> Query:
    """Store a query over the version that was read (None: it is new); return it as stored.

    A query that is shared, or no longer, moves in the same transaction. Raises QueryChanged. 2 to 4 WRU.
    """
    at = now.astimezone(UTC).replace(microsecond=0)
    fresh = replace(query, version=query.version + 1, created_at=query.created_at or at, updated_at=at)
    row = QueryRow.of(fresh)
    if known is None or collection(known) != row.pk:
        steps = [_step("save", row, QueryRow.pk.does_not_exist())]
    else:
        steps = [_step("save", row, QueryRow.version == known.version)]
    if known is not None and collection(known) != row.pk:
        steps.append(_step("delete", QueryRow.of(known), QueryRow.version == known.version))
    _written(steps)
    return fresh


def remove(query: Query) -> None:
    """Delete a query in the version that was read; raises QueryChanged. 2 WRU."""
    _written([_step("delete", QueryRow.of(query), QueryRow.version == query.version)])


def own_collection(userid: str) -> str:
    """Return the collection of a member's own queries."""
    return f"{SHARED}#{key(userid)}"


def collection(query: Query) -> str:
    """Return the collection a query is in."""
    return SHARED if query.shared else own_collection(query.owner)


Step = Callable[[TransactWrite], None]


def _step(what: str, row: QueryRow, condition: Any) -> Step:
    return lambda transaction: getattr(transaction, what)(row, condition=condition)


def _written(steps: list[Step]) -> None:
    try:
        with in_transaction() as transaction:
            for step in steps:
                step(transaction)
    except TransactWriteError as error:
        if any(each and each.code == "ConditionalCheckFailed" for each in error.cancellation_reasons):
            raise QueryChanged from None
        raise


def _text(at: datetime | None) -> str:
    return rfc3339((at or datetime.fromtimestamp(0, UTC)).astimezone(UTC))
