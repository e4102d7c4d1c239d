"""How much each member has: `LOADS` holds one row a member, so that a pool of any size is one query.

Open leads and those of the day are counted in the transaction that gives or takes a lead (G3); a recount
proves them (G6).
"""

from collections.abc import Callable
from datetime import UTC, datetime

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.transactions import TransactWrite

from scrm.leads.loads import Load
from scrm.staff.model import key
from scrm.table import Row, rfc3339

LOADS = "LOADS"

Step = Callable[[TransactWrite], None]


class LoadRow(Row):
    """One member's load."""

    open = NumberAttribute(default=0)
    day = UnicodeAttribute(null=True)
    given = NumberAttribute(default=0)
    claimed = NumberAttribute(default=0)
    last_assigned_at = UnicodeAttribute(null=True)
    version = NumberAttribute()

    def entity(self) -> Load:
        """Return the row as the rest of the product knows it."""
        at = self.last_assigned_at
        return Load(
            self.sk,
            int(self.open),
            self.day or "",
            int(self.given),
            int(self.claimed),
            datetime.fromisoformat(at) if at else None,
            int(self.version),
        )


def loads() -> dict[str, Load]:
    """Return everybody's load by userid in lower case, strongly: one query, by bytes."""
    return {row.sk: row.entity() for row in LoadRow.query(LOADS, consistent_read=True)}


def load_of(userid: str) -> Load:
    """Return one member's load, strongly. 1 RRU."""
    try:
        return LoadRow.get(LOADS, key(userid), consistent_read=True).entity()
    except LoadRow.DoesNotExist:
        return Load(key(userid))


def load_step(before: Load, after: Load) -> Step:
    """Return the step that stores a load over the one read: caps were judged by what it says (G3). 2 WRU."""
    at = after.last_assigned_at
    row = LoadRow(
        LOADS,
        key(before.userid),
        open=after.open,
        day=after.day or None,
        given=after.given,
        claimed=after.claimed,
        last_assigned_at=rfc3339(at.astimezone(UTC)) if at else None,
        version=before.version + 1,
    )
    unchanged = LoadRow.version == before.version if before.version else LoadRow.version.does_not_exist()
    return lambda transaction: transaction.save(row, condition=unchanged)
