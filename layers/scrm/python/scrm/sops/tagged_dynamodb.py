"""That tags of a SOP were put on a customer: `PROGRESS#<customer_id>`/`TAGGED#<what they were put for>`."""

from datetime import UTC, datetime

from pynamodb.attributes import UnicodeAttribute

from scrm.sops.dynamodb import pk_of
from scrm.table import Row, rfc3339

TAGGED = "TAGGED#"


class TaggedRow(Row):
    """That it was done, and when."""

    at = UnicodeAttribute()


def is_tagged(customer_id: str, name: str) -> bool:
    """Return whether the tags of a name were put, strongly read. 1 RRU."""
    try:
        TaggedRow.get(pk_of(customer_id), TAGGED + name, consistent_read=True)
    except TaggedRow.DoesNotExist:
        return False
    return True


def note_tagged(customer_id: str, name: str, now: datetime) -> None:
    """Record that tags were put. Safe to repeat. 1 WRU."""
    TaggedRow(pk_of(customer_id), TAGGED + name, at=rfc3339(now.astimezone(UTC))).save()
