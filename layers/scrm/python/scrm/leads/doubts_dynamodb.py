"""Leads that wait for a second person, and those that were looked at: `DOUBTS`/`<lead_id>` (LED-29)."""

from datetime import UTC, datetime
from typing import Any

from pynamodb.attributes import UnicodeAttribute

from scrm.leads.doubts import Doubted
from scrm.leads.dynamodb import Step
from scrm.leads.model import Lead
from scrm.table import Row, rfc3339

DOUBTS = "DOUBTS"


class DoubtRow(Row):
    """What a lead is in doubt for last, and what came of it."""

    why = UnicodeAttribute()
    state = UnicodeAttribute()
    at = UnicodeAttribute()
    owner = UnicodeAttribute()
    by = UnicodeAttribute()
    decided_by = UnicodeAttribute(null=True)
    decided_at = UnicodeAttribute(null=True)

    def entity(self) -> Doubted:
        """Return the row as the rest of the product knows it."""
        decided = datetime.fromisoformat(self.decided_at) if self.decided_at else None
        told: dict[str, Any] = {"why": self.why, "state": self.state, "owner": self.owner, "by": self.by}
        at = datetime.fromisoformat(self.at)
        return Doubted(str(self.sk), at=at, decided_by=self.decided_by or "", decided_at=decided, **told)


def doubt(lead_id: str) -> Doubted | None:
    """Return a lead's doubt, strongly. 1 RRU."""
    try:
        return DoubtRow.get(DOUBTS, lead_id, consistent_read=True).entity()
    except DoubtRow.DoesNotExist:
        return None


def doubts(state: str, after: str, limit: int) -> list[Doubted]:
    """Return up to `limit` leads by state after one, by id: a query, by bytes of what was ever in doubt."""
    where = DoubtRow.sk > after if after else None
    rows = DoubtRow.query(DOUBTS, where, filter_condition=DoubtRow.state == state, limit=limit)
    return [row.entity() for row in rows]


def new_steps(before: Lead, after: Lead) -> list[Step]:
    """Return the step that puts a lead before a second person it goes on in doubt. 2 WRU."""
    why = after.doubt_why
    if after.doubt != "pending" or not why or after.updated_at is None or before.status == after.status:
        return []
    by = after.owner if after.updated_by == "system" else after.updated_by
    return [_step(Doubted(after.lead_id, why, "pending", after.updated_at, after.owner, by))]


def judged_step(told: Doubted) -> Step:
    """Return the step that says what a second person found, where it still waits. 2 WRU."""
    row = _row(told)
    return lambda transaction: transaction.save(row, condition=DoubtRow.state == "pending")


def _step(told: Doubted) -> Step:
    row = _row(told)
    return lambda transaction: transaction.save(row)


def _row(told: Doubted) -> DoubtRow:
    return DoubtRow(
        DOUBTS,
        told.lead_id,
        why=told.why,
        state=told.state,
        at=rfc3339(told.at.astimezone(UTC)),
        owner=told.owner,
        by=told.by,
        decided_by=told.decided_by or None,
        decided_at=rfc3339(told.decided_at.astimezone(UTC)) if told.decided_at else None,
    )
