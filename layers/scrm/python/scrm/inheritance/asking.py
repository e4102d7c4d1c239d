"""Asking WeCom what became of a batch's items (INH-08): `transfer_result` of its pair, to a final state."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from scrm.customers.dynamodb import Customers
from scrm.customers.model import ASSIGNED, Relation
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
UNTOLD_FOR = timedelta(days=7)
"""So long an item waits whose pair WeCom tells nothing of: whoever is gone does not come back for it."""
customers = Customers()


def ask(plan: Plan, batch: PlanBatch, now: datetime) -> PlanBatch:
    """Ask for the results of a batch's pair and return the batch as stored. A call for each 1,000.

    Of a pair that WeCom will not tell of (one of them is gone) its events tell who has moved (2.3); others
    are called stuck in time, and given up after a week. Raises WeComError where asking again may help;
    nothing is changed then.
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
    if found is None:
        after = _untold(batch, pending, now)
    else:
        after = [_after(each, batch, found, known, now) for each in pending]
    count("inheritance_stuck", sum(each.status == "STUCK" and each not in pending for each in after))
    changed = ended(plan, batch, after, now)
    return stored.save_batch(replace(changed, due_at=next_look(changed, now)), batch)


def _after(
    item: Item,
    batch: PlanBatch,
    found: Mapping[str, Sequence[Result]],
    known: Mapping[str, Transfers],
    now: datetime,
) -> Item:
    """Return an item after WeCom was asked for its pair."""
    unknown = item.status == "UNKNOWN"
    had = unknown and known[item.external_userid].had(batch.handover, batch.takeover)
    is_over = not unknown and item.sent_at is not None and now >= item.sent_at + DAY
    result = result_of(found.get(item.external_userid, ()), item, had=had, is_over=is_over)
    if unknown:
        if result is None or RESULTS.get(result.status) == "NO_RECORD":
            return _unsent(item, now)
        if result.status == 2:
            count("inheritance_found")
            at = datetime.fromtimestamp(result.takeover_time, UTC) - DAY if result.takeover_time else now
            at = item.at or now if _before(at, item) else at
            return replace(item, status="WAITING", code="", at=now, sent_at=min(at, now))
        item = replace(item, sent_at=item.sent_at or item.at)
    status = RESULTS.get(result.status) if result else None
    if result is None or status is None or status == "WAITING":
        return _late(item, now)
    at = datetime.fromtimestamp(result.takeover_time, UTC) if result.takeover_time else now
    return resulted(item, status, now if _before(at, item) else min(at, now))


def result_of(results: Iterable[Result], item: Item, *, had: bool, is_over: bool = False) -> Result | None:
    """Return what WeCom says of this handover; of several results one that is done, or waits, goes first.

    `is_over`: WeCom took it a day ago, so there is a result; where all seem old, its clock is another one.
    """
    told = list(results)
    fresh = [each for each in told if not _is_old(each, item, had=had)]
    if not fresh and is_over:
        fresh = told
    return max(reversed(fresh), key=lambda each: (each.status == 1, each.status == 2), default=None)


def _is_old(result: Result, item: Item, *, had: bool) -> bool:
    """Return whether a result is of an earlier handover of the same pair: it says nothing of this one.

    What waits is not old, whatever WeCom's clock says.
    """
    if result.status == 2:
        return False
    if result.takeover_time and (item.sent_at or item.at):
        return _before(datetime.fromtimestamp(result.takeover_time, UTC), item)
    return had


def _before(at: datetime, item: Item) -> bool:
    """Return whether a time lies before an item's call."""
    since = item.sent_at or item.at
    return since is not None and at < since - SKEW


def _unsent(item: Item, now: datetime) -> Item:
    """Return an item that WeCom does not know of, once it would: it may be sent, and is told apart then."""
    if item.at and now < item.at + CLARIFIED_AFTER:
        return item
    count("inheritance_not_found")
    return replace(not_found(item, now), code="again")


def _untold(batch: PlanBatch, items: Sequence[Item], now: datetime) -> list[Item]:
    """Return the items of a pair that WeCom tells no results of, by what its events have told of each."""
    there = [each.external_userid for each in items]
    left, joined = customers.relations(batch.handover, there), customers.relations(batch.takeover, there)
    after = []
    for each in items:
        moved = _moved_at(each, left.get(each.external_userid), joined.get(each.external_userid))
        if moved:
            after.append(resulted(each, "SUCCEEDED", min(moved, now)))
        else:
            after.append(_late(each, now, UNTOLD_FOR, "not_told"))
    return after


def _moved_at(item: Item, left: Relation | None, joined: Relation | None) -> datetime | None:
    """Return when WeCom's events moved a customer since the call: from who hands over, or to the takeover."""
    times = []
    if left and left.status == "transferred_out":
        times.append(left.deleted_at)
    if joined and joined.status == "active" and joined.add_way == ASSIGNED:
        times.append(joined.added_at)
    since = item.sent_at or item.at
    return min((each for each in times if each and since and each >= since - SKEW), default=None)


def _late(item: Item, now: datetime, most: timedelta = GIVEN_UP_AFTER, code: str = "given_up") -> Item:
    """Return an item without a result: stuck after 72 hours, given up after a month, or `most`."""
    since = item.sent_at or item.at
    if since and now - since > most:
        return replace(item, status="NO_RECORD", code=code, at=now)
    return overdue(item, now)
