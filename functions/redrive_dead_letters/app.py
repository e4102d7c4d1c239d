"""On command, `{"queue": "CustomerEvents"}`: returns a queue's dead letters to it, one audit line each."""

from dataclasses import asdict
from functools import partial
from typing import Any

from scrm import aws, clock, initialised
from scrm.dead_letters.dynamodb import note
from scrm.dead_letters.redriving import UnknownQueue, redrive
from scrm.telemetry import Log, correlate

# Enough to finish the ten messages in hand.
SPARE_MS = 15_000
log = Log("redrive_dead_letters")
initialised()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Return how many messages went back and how many are left; call again while some are left.

    `requested_by` in the event names who asked, for the audit log. Safe to repeat and to interrupt.
    """
    request_id = str(getattr(context, "aws_request_id", ""))
    with log.invocation(context):
        correlate(queue=str(event.get("queue", "")))
        by = str(event.get("requested_by") or "operator")
        try:
            done = redrive(
                str(event.get("queue", "")),
                aws.client("sqs"),
                partial(note, requested_by=by, request_id=request_id),
                clock.now(),
                lambda: context.get_remaining_time_in_millis() > SPARE_MS,
                log,
            )
        except UnknownQueue as unknown:
            return {"error": "unknown_queue", "detail": str(unknown)}
        return asdict(done)
