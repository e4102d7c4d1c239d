"""Carrying on with items whose takeover could take no more (INH-13): a new item with the next takeover."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from scrm.inheritance import plans_dynamodb as stored
from scrm.inheritance.model import Item
from scrm.inheritance.plan import Plan, PlanBatch, following, next_look, next_takeover
from scrm.inheritance.queueing import queue_batches
from scrm.inheritance.rows_dynamodb import due_token
from scrm.telemetry import count

NOBODY = "unassigned"
"""Code of an item that nobody else of the plan can take."""


def is_carried_on(plan: Plan, batch: PlanBatch) -> bool:
    """Return whether items of a batch are to go to another takeover, by the plan's policy."""
    return plan.status == "RUNNING" and plan.terms.get("on_limit", "next") == "next" and bool(_left(batch))


def carry_on(plan: Plan, batch: PlanBatch, now: datetime) -> PlanBatch:
    """Give the items to the next takeovers of the plan and return the batch as stored.

    New batches are stored and counted in first; whoever is killed there finds them, and goes on with them.
    """
    stored.note_full(plan.plan_id, batch.takeover)
    plan = replace(plan, full=plan.full | {batch.takeover})
    made: list[PlanBatch] = []
    after = batch
    while (left := _left(after)) and (there := stored.batch_of(plan.plan_id, following(after))):
        after = with_child(after, there)
        made.append(there)
    if left:
        taken = taken_of(stored.batches_of(plan.plan_id))
        for userid, number in next_takeover(plan, batch, taken, len(left)):
            part, left = left[:number], left[number:]
            child = handed_to(after, userid, part, now)
            stored.put_batches([child])
            after = with_child(after, child)
            made.append(child)
        after = after.with_items(replace(each, code=NOBODY) for each in left)
    if made:
        stored.note_batches(plan.plan_id, [each.number for each in made])
        queue_batches((plan.plan_id, each.number, due_token(each)) for each in made)
    count("inheritance_carried_on", sum(len(each.items) for each in made))
    return stored.save_batch(replace(after, due_at=next_look(after, now)), batch)


def handed_to(batch: PlanBatch, takeover: str, items: list[Item], now: datetime) -> PlanBatch:
    """Return the new batch that carries on with items of another: the next attempt of each, planned."""
    fresh = tuple(
        Item(each.customer_id, each.external_userid, batch.handover, takeover, attempt=each.attempt + 1)
        for each in items
    )
    return PlanBatch(
        batch.plan_id,
        following(batch),
        batch.mode,
        batch.handover,
        takeover,
        batch.notice,
        fresh,
        due_at=now,
        version=1,
    )


def with_child(batch: PlanBatch, child: PlanBatch) -> PlanBatch:
    """Return a batch whose items name the one that carries on with them."""
    names = {each.external_userid for each in child.items}
    moved = [replace(each, next=child.number) for each in batch.items if each.external_userid in names]
    return replace(batch.with_items(moved), children=batch.children + 1)


def _left(batch: PlanBatch) -> list[Item]:
    return [each for each in batch.having("LIMIT_EXCEEDED") if not each.next and each.code != NOBODY]


def taken_of(batches: Iterable[PlanBatch]) -> Counter[str]:
    """Return how many customers each takeover has got of these batches, or may get."""
    gone = {"SKIPPED", "REJECTED", "REFUSED", "NO_RECORD", "LIMIT_EXCEEDED"}
    return Counter(batch.takeover for batch in batches for item in batch.items if item.status not in gone)
