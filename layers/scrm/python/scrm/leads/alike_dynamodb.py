"""That two leads were told of as one person's: `ALIKE#<the other>` in the collection of each."""

from datetime import UTC, datetime

from pynamodb.attributes import UnicodeAttribute

from scrm.leads.contracts_dynamodb import put_if_new
from scrm.leads.dynamodb import pk_of
from scrm.table import Row, rfc3339

ALIKE = "ALIKE#"


class AlikeRow(Row):
    """Another lead that a source took for the same person's, and when it first did."""

    at = UnicodeAttribute()


def note(lead_id: str, other: str, now: datetime) -> None:
    """Note another lead with one. Repeating is safe: the first time stands. 1 WRU."""
    put_if_new(AlikeRow(pk_of(lead_id), ALIKE + other, at=rfc3339(now.astimezone(UTC))))


def noted(lead_id: str) -> list[str]:
    """Return the leads that were noted with one: one query, 0.5 RRU when there is none."""
    rows = AlikeRow.query(pk_of(lead_id), AlikeRow.sk.startswith(ALIKE))
    return [str(row.sk).removeprefix(ALIKE) for row in rows]
