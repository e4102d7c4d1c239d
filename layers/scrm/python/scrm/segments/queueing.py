"""Asking for customers' tags to show their segments, through the queue `Jobs` (docs/events.md)."""

import json
from collections.abc import Iterable
from itertools import islice
from typing import Any

from scrm import aws
from scrm.config import required

BATCH = 10


class NotQueued(RuntimeError):
    """SQS took only part of a batch; repeating queues the rest."""


def queue_customers(customer_ids: Iterable[str], *, attempt: int = 1, delay: int = 0) -> None:
    """Queue customers whose tags may not show their segments, after `delay` seconds. Harmless to repeat."""
    waiting = iter(dict.fromkeys(customer_ids))
    while batch := list(islice(waiting, BATCH)):
        entries: list[dict[str, Any]] = [
            {
                "Id": str(place),
                "MessageBody": json.dumps({"customer_id": each, "attempt": attempt}),
                "DelaySeconds": delay,
            }
            for place, each in enumerate(batch)
        ]
        answer = aws.client("sqs").send_message_batch(QueueUrl=required("JOBS_URL"), Entries=entries)
        if answer.get("Failed"):
            raise NotQueued(f"{len(answer['Failed'])} customers were not queued")
