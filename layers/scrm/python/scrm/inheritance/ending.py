"""What follows when an item is over without success: the mark goes, the bars go on, whoever waits is told.

All of it is done before the batch is stored, and may be done again: a worker killed on the way leaves a batch
that is asked for anew, and comes to the same.
"""

from collections.abc import Iterable
from datetime import datetime

from scrm.inheritance.marks_dynamodb import Pending, Transfers, release, transfers_of
from scrm.inheritance.model import Item, ItemStatus
from scrm.inheritance.plan import Plan, PlanBatch
from scrm.inheritance.telling import tell_over

FAILED: frozenset[ItemStatus] = frozenset({"REFUSED", "LIMIT_EXCEEDED", "NO_RECORD"})


def ended(plan: Plan, batch: PlanBatch, items: Iterable[Item], now: datetime) -> PlanBatch:
    """Return the batch with these items; for those that are over without success their mark is let go."""
    after = list(items)
    let_go_all(plan, batch, [each for each in after if each.status in FAILED], now)
    return batch.with_items(after)


def let_go_all(plan: Plan, batch: PlanBatch, items: Iterable[Item], now: datetime) -> None:
    """Let go of items that are over, if they were marked. A batch read, a write for each that was."""
    over = list(items)
    known = transfers_of([each.external_userid for each in over])
    for each in over:
        let_go(plan, batch, each, now, known[each.external_userid])


def let_go(plan: Plan, batch: PlanBatch, item: Item, now: datetime, told: Transfers) -> None:
    """Take an item's mark away and tell of it; WeCom's 90 days count it when WeCom had taken it."""
    there = told.of(batch.handover)
    is_marked = there is not None and there.is_of(batch.plan_id, batch.number)
    if is_marked or item.status != "SKIPPED":
        tell_over(plan, batch, item, now)
    if is_marked:
        free(batch, item, told, now)


def free(batch: PlanBatch, item: Item, told: Transfers, now: datetime) -> None:
    """Take an item's mark away, with when WeCom took it. Safe to repeat. 1 WRU."""
    pending = Pending(batch.handover, batch.takeover, batch.plan_id, batch.number, now, batch.mode)
    release(told, pending, taken_at=item.sent_at, now=now)
