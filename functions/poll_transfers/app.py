"""Every ten minutes: queues the batches of handovers that are due to be sent or asked for."""

from typing import Any

from scrm import aws, clock, initialised
from scrm.inheritance.plans_dynamodb import due
from scrm.inheritance.queueing import queue_batches
from scrm.telemetry import Log, count

AT_ONCE = 2_000
aws.client("sqs")
log = Log("poll_transfers")
initialised()


def handler(event: dict[str, Any], context: object) -> dict[str, int]:
    """Queue what is due by the event's `time`; return how many messages. Safe to repeat, late or twice.

    What is still due at the next tick is queued again, and found done.
    """
    with log.invocation(context):
        queued = queue_batches(due(clock.scheduled(event), AT_ONCE))
        count("inheritance_batches_queued", queued)
        return {"queued": queued}
