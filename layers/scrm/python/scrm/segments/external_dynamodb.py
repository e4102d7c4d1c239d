"""Rows of external segments: whom another system names, by generation (SEG-12).

`SEGMENT#<segment_id>` / `NAMED#<generation>#<customer_id>` says that a generation names a customer. Until the
generation is complete these rows mean nothing; `GENERATION` says which one was completed last.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from scrm.segments.dynamodb import Step
from scrm.segments.members_dynamodb import member_pk
from scrm.table import Row, rfc3339

GENERATION = "GENERATION"
KEPT = timedelta(days=30)


@dataclass(frozen=True)
class Generation:
    """The latest complete generation, 0 before the first, and the job that makes the members follow."""

    number: int = 0
    job_id: str = ""
    at: datetime | None = None


class GenerationRow(Row):
    """The latest complete generation of an external segment."""

    generation = NumberAttribute()
    job_id = UnicodeAttribute()
    at = UnicodeAttribute()


class NamedRow(Row):
    """That a generation names a customer. Kept for 30 days."""

    expires_at = NumberAttribute()


def latest(segment_id: str) -> Generation:
    """Return the latest complete generation as stored now. 1 RRU."""
    try:
        row = GenerationRow.get(member_pk(segment_id), GENERATION, consistent_read=True)
    except GenerationRow.DoesNotExist:
        return Generation()
    return Generation(int(row.generation), row.job_id, datetime.fromisoformat(row.at))


def complete_step(segment_id: str, generation: int, job_id: str, now: datetime) -> Step:
    """Return the step that makes a generation the latest; refused when one as late is complete."""
    row = GenerationRow(
        member_pk(segment_id), GENERATION, generation=generation, job_id=job_id, at=rfc3339(now)
    )
    newer = GenerationRow.generation.does_not_exist() | (GenerationRow.generation < generation)
    return lambda transaction: transaction.save(row, condition=newer)


def name(segment_id: str, generation: int, customer_ids: Iterable[str], now: datetime) -> None:
    """Record whom a generation names. Safe to repeat. 1 WRU each, 25 in a request."""
    until = int((now + KEPT).timestamp())
    with NamedRow.batch_write() as batch:
        for each in customer_ids:
            batch.save(NamedRow(member_pk(segment_id), _named(generation, each), expires_at=until))


def named(
    segment_id: str, generation: int, limit: int, start_after: dict[str, Any] | None = None
) -> tuple[list[str], dict[str, Any] | None]:
    """Return up to `limit` customers that a generation names, and the key to go on after: one query."""
    start = {key: {"S": str(value)} for key, value in (start_after or {}).items()}
    rows = NamedRow.query(
        member_pk(segment_id),
        NamedRow.sk.startswith(_named(generation, "")),
        limit=limit,
        page_size=limit,
        consistent_read=True,
        last_evaluated_key=start or None,
    )
    found = [row.sk.rpartition("#")[2] for row in rows]
    last = rows.last_evaluated_key
    return found, {key: value["S"] for key, value in last.items()} if last else None


def which_are_named(segment_id: str, generation: int, customer_ids: Collection[str]) -> frozenset[str]:
    """Return which of some customers a generation names. 1 RRU each, 100 in a request."""
    pk = member_pk(segment_id)
    keys = [(pk, _named(generation, each)) for each in dict.fromkeys(customer_ids)]
    rows = NamedRow.batch_get(keys, consistent_read=True)
    return frozenset(row.sk.rpartition("#")[2] for row in rows)


def _named(generation: int, customer_id: str) -> str:
    return f"NAMED#{generation:015d}#{customer_id}"
