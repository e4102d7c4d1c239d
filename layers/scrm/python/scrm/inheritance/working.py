"""Looking at a batch: what is planned is sent, what is out is asked for, what succeeded is settled (spec 5).

One batch is looked at by one worker at a time (the queue's group); each step stores what it came to before
the next begins, so a worker killed at any line is followed by one that goes on from there.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from scrm.inheritance import plans_dynamodb as stored
from scrm.inheritance.asking import ask
from scrm.inheritance.carrying_on import carry_on, is_carried_on
from scrm.inheritance.ending import ended
from scrm.inheritance.machine import FAILURES, resulted
from scrm.inheritance.model import PENDING
from scrm.inheritance.plan import LIVE, Plan, PlanBatch, next_look
from scrm.inheritance.queueing import queue_batches
from scrm.inheritance.rows_dynamodb import due_token
from scrm.inheritance.sending import call_off, ready, send
from scrm.inheritance.settling import settle
from scrm.inheritance.tagging import tagged
from scrm.telemetry import count
from scrm.wecom.errors import Throttled, WeComError

AGAIN = timedelta(minutes=2)
_MOST_STEPS = 8


@dataclass
class _Visit:
    """One look at a batch: results are asked for once, and whoever cannot be settled is tried once.

    Otherwise customers who may be sent now would wait for those whose day is not over: both make it due.
    """

    now: datetime
    has_time: Callable[[], bool]
    asked: bool = False
    unsettled: dict[str, Exception] = field(default_factory=dict)


def look_at(plan_id: str, number: str, now: datetime, has_time: Callable[[], bool]) -> None:
    """Do what can be done of a batch now, and store when it is to be looked at again. Safe to repeat.

    Raises PlanChanged when somebody else was at it, and the first error of customers who cannot be settled
    once all else is done; the message is delivered again.
    """
    found = _found(plan_id, number)
    if found is None:
        return
    plan, batch = found
    visit = _Visit(now, has_time)
    for step in range(_MOST_STEPS):
        # A step each time, and the end at once: a message that names the same place twice would be swallowed.
        if step and batch.is_open and not has_time():
            queue_batches([(plan_id, number, due_token(batch))])
            return
        after = _step(plan, batch, visit)
        if after is None:
            break
        batch = after
    if not batch.is_open:
        stored.finish_batch(plan_id, number, now)
    elif batch.due_at is None:
        stored.save_batch(replace(batch, due_at=next_look(batch, now)), batch)
    for error in visit.unsettled.values():
        raise error


def failed(plan_id: str, number: str, external_userid: str, reason: str, at: datetime, now: datetime) -> bool:
    """Take in that WeCom told of a failure (callback transfer_fail); a word we do not know is asked for.

    Returns whether the batch is to be looked at now: whom another takeover is asked for waits for the next
    tick, since WeCom tells of the others who were handed over with them one by one, and one call takes them
    all. Safe to repeat, late or after the results were asked for. Raises PlanChanged as `look_at` does.
    """
    found = _found(plan_id, number)
    status = FAILURES.get(reason)
    if found is None:
        return False
    plan, batch = found
    items = [each for each in batch.having(*PENDING) if each.external_userid == external_userid]
    if items and status:
        after = ended(plan, batch, [resulted(each, status, at) for each in items], now)
        waits = is_carried_on(plan, after)
        stored.save_batch(replace(after, due_at=now if waits else next_look(after, now)), batch)
        return not waits
    if items:
        stored.save_batch(replace(batch, due_at=now), batch)
    return not is_carried_on(plan, batch)


def soon(plan_id: str, number: str, now: datetime) -> None:
    """Let a batch be asked for with the next tick: WeCom has told of one of its customers. Safe to repeat.

    2 RRU by bytes; a write of the batch only where it was not due yet. Raises PlanChanged as `look_at` does.
    """
    found = _found(plan_id, number)
    if found is None:
        return
    _, batch = found
    is_due = batch.due_at is not None and batch.due_at <= now
    if batch.having(*PENDING) and not is_due:
        stored.save_batch(replace(batch, due_at=now), batch)


def _found(plan_id: str, number: str) -> tuple[Plan, PlanBatch] | None:
    """Return a plan and its batch; None where there is nothing to do of it: a draft's, or one of nobody."""
    plan, batch = stored.plan_of(plan_id), stored.batch_of(plan_id, number)
    if plan is None or batch is None:
        count("inheritance_batch_without_row")
        return None
    if plan.status not in LIVE and not batch.having(*PENDING, "SUCCEEDED"):
        if batch.due_at:
            stored.forget_due(batch)
        return None
    return plan, batch


def _step(plan: Plan, batch: PlanBatch, visit: _Visit) -> PlanBatch | None:
    """Do the first thing that is to be done and return the batch as stored; None where nothing is, now."""
    now = visit.now
    try:
        if any(each.external_userid not in visit.unsettled for each in batch.having("SUCCEEDED")):
            return settle(plan, batch, now, visit.has_time, visit.unsettled)
        is_due = batch.due_at is not None and batch.due_at <= now and not visit.asked
        visit.asked = visit.asked or is_due
        if is_due and batch.having(*PENDING):
            return ask(plan, tagged(plan, batch, now), now)
        if is_due and batch.untagged:
            after = tagged(plan, batch, now)
            return stored.save_batch(replace(after, due_at=next_look(after, now)), batch)
        if is_carried_on(plan, batch):
            return carry_on(plan, batch, now)
        if plan.status == "CANCELLED" and batch.having("PLANNED"):
            return call_off(plan, batch, now)
        return send(plan, batch, now) if ready(batch, now) else None
    except WeComError as error:
        wait = timedelta(seconds=error.retry_after) if isinstance(error, Throttled) else AGAIN
        count("inheritance_put_off", errcode=error.errcode)
        stored.save_batch(replace(batch, due_at=now + max(wait, AGAIN)), batch)
        return None
