"""Derives timeline, channel adds, notices, to-dos and channel refreshes from the table's stream."""

import json
from typing import Any

from scrm import aws, initialised, telemetry
from scrm.batches import Answer, each_change
from scrm.changes.carrying_out import Consequences
from scrm.changes.images import effects_of_record
from scrm.config import required

log = telemetry.Log("react_to_changes")
DEAD = required("REACT_TO_CHANGES_DEAD_URL")
consequences = Consequences()
aws.client("sqs")
initialised()


def handler(event: dict[str, Any], context: object) -> Answer:
    """React to each change in order; see scrm.batches for what is delivered again."""
    with log.invocation(context, records=len(event["Records"])):
        return each_change(event, react, park, log)


def react(record: dict[str, Any]) -> None:
    """Carry out what follows from one change. Safe to repeat."""
    consequences.carry_out(effects_of_record(record))


def park(record: dict[str, Any]) -> None:
    """Put a record that cannot be handled where an operator finds it, and an alarm rings."""
    aws.client("sqs").send_message(QueueUrl=DEAD, MessageBody=json.dumps(record, default=str))
