"""Asking WeCom what became of a batch's items (INH-08): `transfer_result` of its pair, to a final state."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from scrm.inheritance import plans_dynamodb as stored
from scrm.inheritance.ending import ended
from scrm.inheritance.machine import RESULTS, not_found, overdue, resulted
from scrm.inheritance.marks_dynamodb import Transfers, transfers_of
from scrm.inheritance.model import PENDING, Item
from scrm.inheritance.plan import CLARIFIED_AFTER, GIVEN_UP_AFTER, Plan, PlanBatch, next_look
from scrm.telemetry import count
from scrm.wecom import transfers
from scrm.wecom.deployed import wecom
from scrm.wecom.errors import OURS_TO_MEND, Refused
from scrm.wecom.transfers import Result

SKEW = timedelta(minutes=5)
"""WeCom's clock may be so far from ours."""
DAY = timedelta(hours=24)


def ask(plan: Plan, batch: PlanBatch, now: datetime) -> PlanBatch:
    """Ask for the results of a batch's pair and return the batch as stored. A call for each 1,000.

    A pair that WeCom will not tell of (one of them is gone) leaves items as they are, to be called stuck in
    time. Raises WeComError where asking again may help; nothing is changed then.
    """
    try:
        found = transfers.transfer_result(wecom(), batch.mode, batch.handover, batch.takeover)
    except OURS_TO_MEND:
        raise
    except Refused as error:
        count("inheritance_not_told", errcode=error.errcode)
        found = None
    pending = batch.having(*PENDING)
    known = transfers_of([each.external_userid for each in pending if each.status == "UNKNOWN"])
    after = [_after(each, batch, found, known, now) for each in pending]
    count("inheritance_stuck", sum(each.status == "STUCK" and each not in pending for each in after))
    changed = ended(plan, replace(batch, asks=batch.asks + 1), after, now)
    return stored.save_batch(replace(changed, due_at=next_look(changed, now)), batch)


def _after(
    item: Item,
    batch: PlanBatch,
    found: Mapping[str, Sequence[Result]] | None,
    known: Mapping[str, Transfers],
    now: datetime,
) -> Item:
    """Return an item after WeCom was asked for its pair."""
    if found is None:
        return _late(item, now)
    unknown = item.status == "UNKNOWN"
    had = unknown and known[item.external_userid].had(batch.handover, batch.takeover)
    result = result_of(found.get(item.external_userid, ()), item, had=had)
    if unknown:
        if result is None or RESULTS.get(result.status) == "NO_RECORD":
            return _unsent(item, now)
        if result.status == 2:
            count("inheritance_found")
            at = datetime.fromtimestamp(result.takeover_time, UTC) - DAY if result.takeover_time else now
            return replace(item, status="WAITING", code="", at=now, sent_at=min(at, now))
        item = replace(item, sent_at=item.sent_at or item.at)
    status = RESULTS.get(result.status) if result else None
    if result is None or status is None or status == "WAITING":
        return _late(item, now)
    at = datetime.fromtimestamp(result.takeover_time, UTC) if result.takeover_time else now
    return resulted(item, status, min(at, now))


def result_of(results: Iterable[Result], item: Item, *, had: bool) -> Result | None:
    """Return what WeCom says of this handover; of several results one that is done, or waits, goes first."""
    fresh = [each for each in results if not _is_old(each, item, had=had)]
    return max(reversed(fresh), key=lambda each: (each.status == 1, each.status == 2), default=None)


def _is_old(result: Result, item: Item, *, had: bool) -> bool:
    """Return whether a result is of an earlier handover of the same pair: it says nothing of this one."""
    since = item.sent_at or item.at
    if result.takeover_time and since:
        return datetime.fromtimestamp(result.takeover_time, UTC) < since - SKEW
    return had


def _unsent(item: Item, now: datetime) -> Item:
    """Return an item that WeCom does not know of, once it would: it may be sent, and is told apart then."""
    if item.at and now < item.at + CLARIFIED_AFTER:
        return item
    count("inheritance_not_found")
    return replace(not_found(item, now), code="again")


def _late(item: Item, now: datetime) -> Item:
    """Return an item without a result: stuck after 72 hours, given up after a month."""
    since = item.sent_at or item.at
    if since and now - since > GIVEN_UP_AFTER:
        return replace(item, status="NO_RECORD", code="given_up", at=now)
    return overdue(item, now)
