"""Erases a person from every row and every dead letter, then looks again for what came late."""

import json
import os
from typing import Any

from scrm import aws, clock, initialised
from scrm.batches import Answer, each_message
from scrm.privacy.erasing import Eraser, dead_queues
from scrm.telemetry import Log, correlate

log = Log("erase_customer")
eraser = Eraser(aws.client("sqs"), dead_queues(os.environ), log)
initialised()


def handler(event: dict[str, Any], context: object) -> Answer:
    """Take each erasure to its next stop; those that failed come again."""
    with log.invocation(context):
        return each_message(event, erase, log)


def erase(record: dict[str, Any]) -> None:
    """Carry out one message. Safe to repeat."""
    erasure_id = json.loads(record["body"])["erasure_id"]
    correlate(erasure_id=erasure_id)
    eraser.carry_out(erasure_id, clock.now())
