"""Later touches of an open lead: the same person was told of again (spec 4.3)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from pynamodb.attributes import JSONAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError

from scrm.leads.dynamodb import pk_of
from scrm.leads.model import Touch
from scrm.table import Row, rfc3339

TOUCH = "TOUCH#"


class TouchRow(Row):
    """One touch, as it was first told."""

    at = UnicodeAttribute()
    source = UnicodeAttribute()
    by = UnicodeAttribute(null=True)
    owner = UnicodeAttribute(null=True)
    name = UnicodeAttribute(null=True)
    facts: JSONAttribute = JSONAttribute(null=True)

    def entity(self) -> Touch:
        """Return the row as the rest of the product knows it."""
        return Touch(
            self.sk.removeprefix(TOUCH),
            datetime.fromisoformat(self.at),
            self.source,
            self.by or "",
            self.owner or "",
            self.name or "",
            self.facts or {},
        )


def append(
    lead_id: str,
    source: str,
    source_id: str,
    by: str,
    owner: str,
    name: str,
    facts: Mapping[str, Any],
    now: datetime,
) -> None:
    """Record a touch. 1 WRU for each KB. The owner is told from the stream.

    Repeating is safe: its id is its source's, and the first telling of it stands.
    """
    touch_id = sha256(f"{source}#{source_id}".encode()).hexdigest()[:20]
    row = TouchRow(
        pk_of(lead_id),
        f"{TOUCH}{touch_id}",
        at=rfc3339(now.astimezone(UTC)),
        source=source,
        by=by or None,
        owner=owner or None,
        name=name or None,
        facts=dict(facts) or None,
    )
    try:
        row.save(condition=TouchRow.pk.does_not_exist())
    except PutError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise


def touches(lead_id: str, limit: int) -> list[TouchRow]:
    """Return up to `limit` touches, the latest first: one query over all of them, by bytes."""
    rows = TouchRow.query(pk_of(lead_id), TouchRow.sk.startswith(TOUCH))
    return sorted(rows, key=lambda each: (each.at, each.sk), reverse=True)[:limit]


def how_many(lead_id: str) -> int:
    """Return how many touches a lead has: one query over all of them, by bytes."""
    return TouchRow.count(pk_of(lead_id), TouchRow.sk.startswith(TOUCH))
