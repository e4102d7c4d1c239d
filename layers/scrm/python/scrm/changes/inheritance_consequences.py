"""Carrying out what follows for inheritance; imported when the first of it comes."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, timedelta
from typing import Any

from scrm import clock
from scrm.changes.carrying_out import Consequences
from scrm.changes.inheritance_effects import PlanMoved, TransferFailed, TransferMoved
from scrm.inheritance.marks_dynamodb import Pending, transfers_of
from scrm.inheritance.plans_dynamodb import batches_of, finish_batch
from scrm.inheritance.queueing import ask_soon, queue_batches, tell_failed
from scrm.moments import rfc3339
from scrm.staff.model import key
from scrm.telemetry import count

SKEW = timedelta(minutes=5)
"""WeCom's clock may be so far from ours."""

NOTHING_LEFT = "s0000"
"""Counts as finished of a plan that had nothing to send; a set is not empty."""


def done_by(_: Consequences) -> Mapping[type[Any], Callable[[Any, Any], None]]:
    """Return how each effect is carried out."""
    return {
        PlanMoved: lambda effect, _: _look_at_batches(effect),
        TransferFailed: lambda effect, _: _failed(effect),
        TransferMoved: lambda effect, _: _moved(effect),
    }


def _look_at_batches(effect: PlanMoved) -> None:
    """Queue the open batches of a plan, one query over them, by bytes; one with none is over at once."""
    if effect.numbers:
        queue_batches(_places(effect))
    else:
        finish_batch(effect.plan_id, NOTHING_LEFT, clock.now())


def _places(effect: PlanMoved) -> Iterator[tuple[str, str, str]]:
    for each in batches_of(effect.plan_id):
        if each.number in effect.numbers:
            yield effect.plan_id, each.number, f"plan#{effect.version}#{each.handover.lower()}"


def _failed(effect: TransferFailed) -> None:
    """Tell the batch whose handover failed; WeCom names the takeover alone (sheet 7). 1 RRU.

    Of several handovers to one takeover nobody knows which: their results are asked for. A handover that is
    over, or that began after WeCom's word, is none of it.
    """
    told = [
        each
        for each in _under_way(effect.external_userid)
        if key(each.takeover) == key(effect.takeover) and each.at <= effect.at + SKEW
    ]
    count("inheritance_failure_told", len(told))
    if len(told) == 1:
        (one,) = told
        at = rfc3339(effect.at.astimezone(UTC))
        tell_failed(one.plan_id, one.number, one.handover, effect.external_userid, effect.reason, at)
        return
    for each in told:
        ask_soon(each.plan_id, each.number, each.handover, clock.now())


def _moved(effect: TransferMoved) -> None:
    """Let the batch be asked for that a contact has moved by. 1 RRU."""
    for each in _under_way(effect.external_userid):
        if key(effect.userid) in {key(each.handover), key(each.takeover)}:
            ask_soon(each.plan_id, each.number, each.handover, clock.now())


def _under_way(external_userid: str) -> tuple[Pending, ...]:
    return transfers_of([external_userid])[external_userid].pending
