"""Which items are tried again, and which are not yet (INH-13). Pure.

What came of an item stays told by it; a new item carries on with its customer, in a batch of its own.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from scrm.inheritance.guards import Relation, allowed_from, skipped
from scrm.inheritance.model import Item, ItemStatus, PlanMode
from scrm.moments import BEIJING
from scrm.staff.model import key

RETRIED: frozenset[ItemStatus] = frozenset({"REJECTED", "REFUSED", "LIMIT_EXCEEDED", "NO_RECORD", "SKIPPED"})
SAME: frozenset[ItemStatus] = frozenset({"REJECTED", "NO_RECORD"})
"""These go to the same takeover again, unless that one is full."""
FULL = "40099"
REFUSAL_DAYS = 90


@dataclass(frozen=True)
class Again:
    """Which items are asked for: named ones, by contact and the handover's key ("": any), or by status.

    `approved`: a second person agrees to ask customers anew who refused within 90 days.
    """

    named: frozenset[tuple[str, str]] = frozenset()
    statuses: frozenset[str] = frozenset()
    approved: bool = False

    def wants(self, item: Item) -> bool:
        """Return whether an item is asked for; one that another carries on with is not."""
        if item.next:
            return False
        names = {(item.external_userid, ""), (item.external_userid, key(item.handover))}
        return item.status in self.statuses or not names.isdisjoint(self.named)


@dataclass(frozen=True)
class NotYet:
    """Why an item is not tried again, and from which day it may be."""

    item: Item
    code: str
    allowed_from: date | None = None


def not_yet(item: Item, mode: PlanMode, relation: Relation, again: Again, now: datetime) -> NotYet | None:
    """Return why an item is not tried again at `now`, None when it is (2.3)."""
    if item.status not in RETRIED:
        return NotYet(item, "not_retriable")
    if why := skipped(relation, mode, now):
        free = allowed_from(relation.accepted, now) if why == "quota90" else None
        return NotYet(item, why, free)
    if item.status == "REFUSED" and mode == "onjob" and not again.approved and item.at:
        free = item.at.astimezone(BEIJING).date() + timedelta(days=REFUSAL_DAYS)
        if now.astimezone(BEIJING).date() < free:
            return NotYet(item, "refused_recently", free)
    return None
