"""Handing the planned items of a batch over: marks, intent, one call, what WeCom says of each (0029).

The intent is that the items are UNKNOWN: whoever finds them so asks WeCom what it knows before anything is
sent again (I12). Bars of SOPs are told first, so that nothing is sent to a customer who is being moved.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from scrm.customers.dynamodb import Customers
from scrm.inheritance import plans_dynamodb as stored
from scrm.inheritance.ending import let_go, let_go_all
from scrm.inheritance.guards import Relation, skipped
from scrm.inheritance.machine import submitted
from scrm.inheritance.marks_dynamodb import MarkTaken, Pending, Transfers, mark, transfers_of
from scrm.inheritance.model import Item, SkipCode
from scrm.inheritance.plan import DECIDED_AFTER, Plan, PlanBatch, next_look
from scrm.inheritance.telling import tell_pending
from scrm.offboarding.departures_dynamodb import left_at_of
from scrm.staff.dynamodb import member
from scrm.telemetry import count
from scrm.wecom import transfers
from scrm.wecom.deployed import wecom
from scrm.wecom.errors import (
    BUSY,
    OURS_TO_MEND,
    Busy,
    Refused,
    Throttled,
    TokenRejected,
    UnknownOutcome,
    WeComError,
)

IN_TRANSFER = frozenset({40129, 40100})
"""WeCom is moving the customer already."""
MINUTE = timedelta(minutes=1)
customers = Customers()


def ready(batch: PlanBatch, now: datetime) -> list[Item]:
    """Return the items that may be sent now; some wait for another handover of their customer."""
    return [each for each in batch.having("PLANNED") if each.at is None or each.at <= now]


def send(plan: Plan, batch: PlanBatch, now: datetime) -> PlanBatch:
    """Hand over what may be sent now and return the batch as stored.

    A write for each item's mark, two for the batch, one call. Where WeCom took nothing and the same call may
    be good later, the items are planned as before, for then.
    """
    known = transfers_of([each.external_userid for each in ready(batch, now)])
    kept_back = _kept_back(plan, batch, known, now)
    batch = batch.with_items(kept_back)
    wanted, taken = _marked(batch, known, now)
    batch = batch.with_items(taken)
    if not wanted:
        return _saved(batch, now)
    tell_pending(batch, wanted, now)
    intent = _saved(batch.with_items(submitted(each, None, now) for each in wanted), now)
    try:
        codes: Mapping[str, int] = transfers.transfer_customer(
            wecom(),
            batch.mode,
            batch.handover,
            batch.takeover,
            [each.external_userid for each in wanted],
            batch.notice,
        )
    except UnknownOutcome:
        count("inheritance_unknown")
        return intent
    except (Throttled, Busy, TokenRejected, *OURS_TO_MEND) as error:
        count("inheritance_put_off", errcode=error.errcode)
        return _saved(intent.with_items(_waiting_for(wanted, error, now)), now)
    except Refused as error:
        codes = {each.external_userid: error.errcode for each in wanted}
    count("inheritance_sent", len(codes))
    return _answered(plan, intent, codes, known, now)


def call_off(plan: Plan, batch: PlanBatch, now: datetime) -> PlanBatch:
    """Return a batch whose plan was cancelled: what was not sent never will be. Safe to repeat."""
    planned = batch.having("PLANNED")
    let_go_all(plan, batch, planned, now)
    off = [replace(each, status="SKIPPED", code="cancelled", at=now) for each in planned]
    return _saved(batch.with_items(off), now)


def _kept_back(plan: Plan, batch: PlanBatch, known: dict[str, Transfers], now: datetime) -> list[Item]:
    """Return the items that the guards keep back: asked anew, since a plan may be a day old (5.1)."""
    items = ready(batch, now)
    unfit, left_at = _unfit(batch.takeover), _left_at(plan, batch)
    relations = customers.relations(batch.handover, [each.external_userid for each in items])
    found = []
    for each in items:
        there = known[each.external_userid].of(batch.handover)
        elsewhere = there is not None and not there.is_of(batch.plan_id, batch.number)
        accepted = tuple(at for at in known[each.external_userid].accepted if there is None or at != there.at)
        relation = relations.get(each.external_userid)
        friends = relation is None or relation.status == "active"
        why: SkipCode | None = "takeover_unfit" if unfit else None
        why = why or skipped(Relation(friends, elsewhere, accepted), plan.mode, now, left_at)
        if why:
            found.append(replace(each, status="SKIPPED", code=why, at=now))
    let_go_all(plan, batch, found, now)
    return found


def _left_at(plan: Plan, batch: PlanBatch) -> datetime | None:
    """Return when a member who has left did: WeCom hands their customers over for a year."""
    return left_at_of([batch.handover]).get(batch.handover.lower()) if plan.mode == "resigned" else None


def _unfit(takeover: str) -> bool:
    there = member(takeover, consistent=True)
    return there is not None and not there.may_take_customers


def _marked(batch: PlanBatch, known: dict[str, Transfers], now: datetime) -> tuple[list[Item], list[Item]]:
    """Mark what is to be sent; return it, and what is not: another plan's, or waiting.

    WeCom moves a customer from one member at a time: of two the second waits until the first is decided.
    """
    wanted, other = [], []
    for each in ready(batch, now):
        told = known[each.external_userid]
        first = next((one for one in told.pending if one.handover.lower() != batch.handover.lower()), None)
        if first:
            other.append(replace(each, at=max(now + MINUTE, first.at + DECIDED_AFTER + MINUTE)))
            continue
        pending = Pending(batch.handover, batch.takeover, batch.plan_id, batch.number, now, batch.mode)
        try:
            known[each.external_userid] = mark(told, pending)
        except MarkTaken:
            other.append(replace(each, status="SKIPPED", code="40129", at=now))
        else:
            wanted.append(each)
    return wanted, other


def _answered(
    plan: Plan, batch: PlanBatch, codes: Mapping[str, int], known: dict[str, Transfers], now: datetime
) -> PlanBatch:
    """Return the batch with WeCom's code for each item; what it leaves out stays unknown."""
    after = []
    for each in batch.having("UNKNOWN"):
        code = codes.get(each.external_userid)
        if code is None:
            continue
        if code in BUSY:
            after.append(replace(each, status="PLANNED", at=now + MINUTE, sent_at=None))
            continue
        if code in IN_TRANSFER and each.code == "again":
            # Sent for the second time since nobody knew of the first: that is the one under way.
            code = 0
        item = submitted(each, code, now)
        if item.status == "REJECTED":
            let_go(plan, batch, item, now, known[each.external_userid])
        after.append(item)
    return _saved(batch.with_items(after), now)


def _waiting_for(items: Sequence[Item], error: WeComError, now: datetime) -> list[Item]:
    """Return items that were not sent, to be sent once WeCom may take them."""
    wait = timedelta(seconds=error.retry_after) if isinstance(error, Throttled) else 2 * MINUTE
    return [replace(each, status="PLANNED", at=now + max(wait, MINUTE)) for each in items]


def _saved(after: PlanBatch, now: datetime) -> PlanBatch:
    """Store a batch over the version it has, with when it is to be looked at next."""
    return stored.save_batch(replace(after, due_at=next_look(after, now)), after)
