"""Keeps cards, memberships and postings true: from the table's stream, and for whom a message names."""

import json
from functools import partial
from typing import Any

from scrm import aws, clock, initialised
from scrm.batches import Answer, each_change, each_message
from scrm.cards.asking import asked
from scrm.cards.following import Following
from scrm.cards.refreshing import Refresher
from scrm.config import required
from scrm.customers.dynamodb import Customers
from scrm.telemetry import Log

log = Log("refresh_cards")
DEAD = required("REFRESH_CARDS_DEAD_URL")
refresher = Refresher()
customers = Customers()
aws.client("sqs")
initialised()


def handler(event: dict[str, Any], context: object) -> Answer:
    """Follow each change, or each request of the queue; see scrm.batches for what is delivered again."""
    records = event["Records"]
    with log.invocation(context, records=len(records)):
        if records and records[0].get("eventSource") == "aws:sqs":
            return each_message(event, partial(asked, refresher=refresher, now=clock.now()), log)
        following = Following(records, refresher, customers, clock.now())
        return each_change(event, following.follow, park, log)


def park(record: dict[str, Any]) -> None:
    """Put a record that cannot be handled where an operator finds it, and an alarm rings."""
    aws.client("sqs").send_message(QueueUrl=DEAD, MessageBody=json.dumps(record, default=str))
