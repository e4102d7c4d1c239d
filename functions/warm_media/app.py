"""Every five minutes: asks for the files whose media ids at WeCom end before long, the longest due first."""

from typing import Any

from scrm import aws, clock, initialised
from scrm.jobs.queueing import queue_files
from scrm.materials.files_dynamodb import due_files
from scrm.telemetry import Log, count

MOST = 200
"""A tick; so many in five minutes keep 100,000 files warm. What is left over is first with the next tick."""
log = Log("warm_media")
aws.client("sqs")
initialised()


def handler(event: dict[str, Any], context: object) -> dict[str, int]:
    """Queue the files that are due; return how many. Safe to repeat: each is done once while it is due."""
    with log.invocation(context):
        due = due_files(clock.scheduled(event), MOST)
        queue_files(due)
        count("files_due", len(due))
        return {"due": len(due)}
