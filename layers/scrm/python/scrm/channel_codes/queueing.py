"""Refreshes of channel codes, as messages to CorpEvents.fifo (docs/events.md)."""

import json
from collections.abc import Sequence
from datetime import datetime

from scrm import aws
from scrm.channel_codes import dynamodb as stored
from scrm.channel_codes.model import Channel
from scrm.channel_codes.roster import is_due
from scrm.config import required
from scrm.table import rfc3339

BATCH = 10


class NotQueued(RuntimeError):
    """SQS took only part of a batch; repeating queues the rest."""


def queue_refreshes(now: datetime) -> int:
    """Queue every channel that may have to change by the clock alone; return how many.

    One query over the channels. Safe to repeat: messages of one tick deduplicate by it.
    """
    due = [channel for channel in stored.channels() if is_due(channel)]
    for start in range(0, len(due), BATCH):
        _send(due[start : start + BATCH], rfc3339(now))
    return len(due)


def _send(channels: Sequence[Channel], tick: str) -> None:
    entries = [
        {
            "Id": str(place),
            "MessageBody": json.dumps({"channel_id": channel.channel_id, "reason": "tick"}),
            "MessageGroupId": channel.channel_id,
            "MessageDeduplicationId": f"tick#{tick}#{channel.channel_id}",
        }
        for place, channel in enumerate(channels)
    ]
    answer = aws.client("sqs").send_message_batch(QueueUrl=required("CORP_EVENTS_URL"), Entries=entries)
    if answer.get("Failed"):
        raise NotQueued(f"{len(answer['Failed'])} refreshes were not queued")
