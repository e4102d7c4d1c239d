"""Later touches of an open lead: the same person was told of again (spec 4.3)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pynamodb.attributes import JSONAttribute, UnicodeAttribute

from scrm.leads.dynamodb import pk_of
from scrm.table import Row, rfc3339

TOUCH = "TOUCH#"


class TouchRow(Row):
    """One touch; its id is its source's, so that telling it again writes the same row."""

    source = UnicodeAttribute()
    by = UnicodeAttribute(null=True)
    owner = UnicodeAttribute(null=True)
    facts: JSONAttribute = JSONAttribute(null=True)


def append(
    lead_id: str, touch_id: str, source: str, by: str, owner: str, facts: Mapping[str, Any], now: datetime
) -> None:
    """Record a touch. Repeating is safe. 1 WRU. The owner is told from the stream."""
    TouchRow(
        pk_of(lead_id),
        f"{TOUCH}{rfc3339(now.astimezone(UTC))}#{touch_id}",
        source=source,
        by=by or None,
        owner=owner or None,
        facts=dict(facts) or None,
    ).save()


def touches(lead_id: str, limit: int) -> list[TouchRow]:
    """Return up to `limit` touches, the latest first: one query, by bytes."""
    rows = TouchRow.query(
        pk_of(lead_id), TouchRow.sk.startswith(TOUCH), scan_index_forward=False, limit=limit
    )
    return list(rows)
