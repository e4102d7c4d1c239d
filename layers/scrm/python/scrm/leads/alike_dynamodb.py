"""That two leads were told of as one person's, and that they are not: rows in the collection of each.

`ALIKE#<the other>` is the hint of a source, `UNLIKE#<the other>` the word of a person who knows better.
"""

from datetime import UTC, datetime

from pynamodb.attributes import UnicodeAttribute

from scrm.leads.contracts_dynamodb import put_if_new
from scrm.leads.dynamodb import Step, pk_of
from scrm.table import Row, rfc3339

ALIKE = "ALIKE#"
UNLIKE = "UNLIKE#"


class AlikeRow(Row):
    """Another lead that a source took for the same person's, and when it first did."""

    at = UnicodeAttribute()


class UnlikeRow(Row):
    """Another lead that is not the same person's: who has said so, when and why."""

    at = UnicodeAttribute()
    by = UnicodeAttribute()
    reason = UnicodeAttribute()


def note(lead_id: str, other: str, now: datetime) -> None:
    """Note another lead with one. Repeating is safe: the first time stands. 1 WRU."""
    put_if_new(AlikeRow(pk_of(lead_id), ALIKE + other, at=rfc3339(now.astimezone(UTC))))


def noted(lead_id: str) -> list[str]:
    """Return the leads that were noted with one: one query, 0.5 RRU when there is none."""
    rows = AlikeRow.query(pk_of(lead_id), AlikeRow.sk.startswith(ALIKE))
    return [str(row.sk).removeprefix(ALIKE) for row in rows]


def unlike(lead_id: str) -> set[str]:
    """Return the leads that are not of the same person as one, strongly: one query, 1 RRU for none."""
    where = UnlikeRow.sk.startswith(UNLIKE)
    rows = UnlikeRow.query(pk_of(lead_id), where, consistent_read=True)
    return {str(row.sk).removeprefix(UNLIKE) for row in rows}


def unlike_steps(one: str, other: str, by: str, reason: str, now: datetime) -> list[Step]:
    """Return the steps that say with both leads that they are not of one person. 4 WRU."""
    at = rfc3339(now.astimezone(UTC))
    pairs = ((one, other), (other, one))
    return [
        _step(UnlikeRow(pk_of(each), UNLIKE + not_it, at=at, by=by, reason=reason)) for each, not_it in pairs
    ]


def _step(row: UnlikeRow) -> Step:
    return lambda transaction: transaction.save(row)
