"""Every minute: queues what of SOPs is due, found by time alone."""

from typing import Any

from scrm import aws, clock, initialised
from scrm.sops.due_dynamodb import due
from scrm.sops.enrollment import SHARDS
from scrm.sops.queueing import queue_due
from scrm.telemetry import Log, count

# Of each shard: 10,000 a minute in all.
AT_ONCE = 2_500
aws.client("sqs")
log = Log("start_due_steps")
initialised()


def handler(event: dict[str, Any], context: object) -> dict[str, int]:
    """Queue what is due by the event's `time`; return how many messages. Safe to repeat, late or twice.

    What is still due at the next tick is queued again, and found done.
    """
    with log.invocation(context):
        now = clock.scheduled(event)
        found = [each for shard in range(SHARDS) for each in due(shard, now, AT_ONCE)]
        queued = queue_due(sorted(found, key=lambda each: each.place))
        count("sop_steps_queued", queued)
        return {"queued": queued}
