"""Returning dead letters to their queue after the fix (spec ADM-10, bar R10).

Each message leaves one audit line, goes back with the same body and group, and is then deleted. Killed at
any line and repeated, nothing is lost and no second line is written; a message sent twice meets a handler
that takes a repeated message for done.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from scrm import telemetry
from scrm.config import required

RECEIVE = 10
# SQS may show nothing while messages are still hidden or far away; this often in a row means empty.
EMPTY_RECEIVES = 3

# The queues that can be redriven, by logical name, and the settings that hold their addresses.
QUEUES = {
    "CustomerEvents": "CUSTOMER_EVENTS",
    "CorpEvents": "CORP_EVENTS",
    "Notifications": "NOTIFICATIONS",
    "SyncPages": "SYNC_PAGES",
    "CardRefreshes": "CARD_REFRESHES",
    "Jobs": "JOBS",
    "LeadIntake": "LEAD_INTAKE",
    "SopSteps": "SOP_STEPS",
    "InheritanceBatches": "INHERITANCE_BATCHES",
    "OutgoingEvents": "OUTGOING_EVENTS",
}


class UnknownQueue(ValueError):
    """No such queue, or one whose messages are not redriven; the text names those that are."""

    def __init__(self) -> None:
        super().__init__(f"queue must be one of {', '.join(QUEUES)}")


class NotReturned(RuntimeError):
    """SQS did not take the message back; it stays among the dead."""


@dataclass(frozen=True)
class Addresses:
    """Where the dead letters of a queue lie, and where they go back to."""

    queue: str
    dead: str

    @property
    def fifo(self) -> bool:
        """Return whether order and group matter."""
        return self.queue.endswith(".fifo")


@dataclass(frozen=True)
class Redriven:
    """What a redrive did: messages returned, and about how many are still among the dead."""

    queue: str
    moved: int
    left: int


def addresses(queue: str) -> Addresses:
    """Return a queue's addresses by its logical name; raises UnknownQueue."""
    if queue not in QUEUES:
        raise UnknownQueue
    name = QUEUES[queue]
    return Addresses(required(f"{name}_URL"), required(f"{name}_DEAD_URL"))


def redrive(
    queue: str,
    sqs: Any,
    note: Callable[[str, str, datetime], None],
    now: datetime,
    has_time: Callable[[], bool],
    log: telemetry.Log,
) -> Redriven:
    """Return every dead letter of a queue to it, oldest of each group first, while `has_time` holds.

    `note(queue, message_id, now)` writes the audit line of a message unless there is one. Safe to repeat.
    """
    where = addresses(queue)
    moved = 0
    for message in _dead(sqs, where, has_time):
        note(queue, message["MessageId"], now)
        sqs.send_message(QueueUrl=where.queue, **_again(message, where))
        sqs.delete_message(QueueUrl=where.dead, ReceiptHandle=message["ReceiptHandle"])
        moved += 1
        telemetry.count("redriven", queue=queue)
        log.info("message_redriven", queue=queue, message_id=message["MessageId"])
    return Redriven(queue, moved, _left(sqs, where))


def _dead(sqs: Any, where: Addresses, has_time: Callable[[], bool]) -> Iterator[Mapping[str, Any]]:
    empty = 0
    while empty < EMPTY_RECEIVES and has_time():
        answer = sqs.receive_message(
            QueueUrl=where.dead,
            MaxNumberOfMessages=RECEIVE,
            VisibilityTimeout=120,
            WaitTimeSeconds=1,
            MessageSystemAttributeNames=["MessageGroupId"],
            MessageAttributeNames=["All"],
        )
        messages = answer.get("Messages", [])
        empty = 0 if messages else empty + 1
        yield from messages


def _again(message: Mapping[str, Any], where: Addresses) -> dict[str, Any]:
    """Return what is sent: the same body and group, under a deduplication id of this death.

    The first one may still be remembered by SQS; this one is the same for every repetition of the redrive,
    and another when the message dies again.
    """
    sent: dict[str, Any] = {"MessageBody": message["Body"]}
    if attributes := message.get("MessageAttributes"):
        sent["MessageAttributes"] = attributes
    if where.fifo:
        sent["MessageGroupId"] = message["Attributes"]["MessageGroupId"]
        sent["MessageDeduplicationId"] = sha256(f"redrive {message['MessageId']}".encode()).hexdigest()
    return sent


def _left(sqs: Any, where: Addresses) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = sqs.get_queue_attributes(QueueUrl=where.dead, AttributeNames=names)["Attributes"]
    return sum(int(found[name]) for name in names)
