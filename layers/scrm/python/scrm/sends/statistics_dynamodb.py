"""Reading the statistics of an item's sends: `SENDS#<kind>#<item_id>`."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from scrm.library.model import Kind
from scrm.moments import BEIJING, rfc3339
from scrm.sends.model import Sent
from scrm.sends.rows_dynamodb import SENDS, SentRow


def sent_between(kind: Kind, item_id: str, first: date, last: date) -> Iterator[Sent]:
    """Yield the sends of an item from one Beijing day to another, both included: one query, by bytes."""
    start, end = _midnight(first), _midnight(last + timedelta(days=1))
    for row in SentRow.query(f"{SENDS}{kind}#{item_id}", SentRow.sk.between(start, end)):
        if row.counted:
            yield row.entity()


def _midnight(day: date) -> str:
    at = datetime(day.year, day.month, day.day, tzinfo=BEIJING)
    return rfc3339(at.astimezone(UTC))
