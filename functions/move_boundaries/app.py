"""Every minute: asks for the customers of whom the mere passing of time may change something."""

from functools import partial
from typing import Any

from scrm import aws, clock, initialised
from scrm.cards.asking import ask
from scrm.cards.moving import due_terms
from scrm.cards.sweeping_dynamodb import Sweep
from scrm.segments.dynamodb import Definitions
from scrm.telemetry import Log, count

# Enough to finish the page in hand.
SPARE_MS = 5_000
log = Log("move_boundaries")
definitions = Definitions()
aws.client("sqs")
initialised()


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Return how many customers were asked for, as of the event's `time`. Safe to repeat, late or twice."""
    with log.invocation(context):
        now = clock.scheduled(event)
        sweep = Sweep(now, partial(ask, now=now), lambda: context.get_remaining_time_in_millis() > SPARE_MS)
        asked = sweep.over(due_terms(definitions.current()[1].values(), now))
        count("boundaries_passed", asked)
        return {"asked": asked}
