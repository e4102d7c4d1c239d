"""Putting a decrypted event into its queue, once (docs/events.md)."""

import json
from datetime import datetime

from botocore.exceptions import BotoCoreError, ClientError

from scrm import aws
from scrm.callbacks.delivery import Received
from scrm.config import required

_CUSTOMER_EVENTS = required("CUSTOMER_EVENTS_URL")
_CORP_EVENTS = required("CORP_EVENTS_URL")
_sqs = aws.client("sqs")


class QueueUnavailable(Exception):
    """The event is not queued; WeCom repeats its delivery. `cause` names the error's type."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


def queue(received: Received, now: datetime) -> None:
    """Queue an event durably. Repeating within five minutes queues nothing. Raises QueueUnavailable."""
    body = {
        "event_id": received.event_id,
        "receiver": received.receiver,
        "received_at": now.isoformat(timespec="milliseconds"),
        "xml": received.xml,
    }
    try:
        _sqs.send_message(
            QueueUrl=_CUSTOMER_EVENTS if received.of_customer else _CORP_EVENTS,
            MessageBody=json.dumps(body),
            MessageGroupId=received.group,
            MessageDeduplicationId=received.event_id,
        )
    except (BotoCoreError, ClientError) as error:
        raise QueueUnavailable(type(error).__name__) from None
