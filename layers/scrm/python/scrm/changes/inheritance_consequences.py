"""Carrying out what follows for inheritance; imported when the first of it comes."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from scrm import clock
from scrm.changes.carrying_out import Consequences
from scrm.changes.inheritance_effects import PlanMoved
from scrm.inheritance.plans_dynamodb import batches_of, finish_batch
from scrm.inheritance.queueing import queue_batches

NOTHING_LEFT = "s0000"
"""Counts as finished of a plan that had nothing to send; a set is not empty."""


def done_by(_: Consequences) -> Mapping[type[Any], Callable[[Any, Any], None]]:
    """Return how each effect is carried out."""
    return {PlanMoved: lambda effect, _: _look_at_batches(effect)}


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
