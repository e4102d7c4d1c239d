"""In-memory SQS: visibility, receive counts, dead letters, FIFO groups and five minutes of deduplication.

Time is `clock`, in seconds; without one it stands still at `now`, to be moved by hand. Safe to use from
many threads.
"""

from __future__ import annotations

import functools
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import md5
from itertools import islice
from typing import Any

from tests.doubles.dynamodb.tables import template
from tests.doubles.dynamodb.values import Refused

DEDUPLICATION_SECONDS = 300.0
MESSAGE_LIMIT = 1024 * 1024
# How far a receive looks past messages that are in flight; FIFO queues on AWS look 20,000 ahead.
LOOKED_AT = 1000
Message = dict[str, Any]


@dataclass
class Held:
    """One message in a queue."""

    message_id: str
    body: str
    group: str
    attributes: dict[str, str]
    visible_at: float
    receives: int = 0
    receipt: str = ""


@dataclass
class Queue:
    """One queue with its redrive policy; `dead` is the dead-letter queue's name."""

    name: str
    fifo: bool = False
    visibility: float = 30.0
    max_receives: int = 0
    dead: str = ""
    messages: dict[str, Held] = field(default_factory=dict)
    recent: dict[tuple[str, str], tuple[float, str]] = field(default_factory=dict)
    sent: int = 0
    deduplicated: int = 0


@functools.cache
def fifo_names() -> frozenset[str]:
    """Return the logical names of the template's FIFO queues."""
    return frozenset(name for name, queue in queues_of_template().items() if queue.fifo)


def queues_of_template() -> dict[str, Queue]:
    """Return every queue of template.yaml under its logical name."""
    found = {}
    for name, resource in template()["Resources"].items():
        if resource["Type"] != "AWS::SQS::Queue":
            continue
        stated = resource.get("Properties", {})
        redrive = stated.get("RedrivePolicy", {})
        found[name] = Queue(
            name=name,
            fifo=bool(stated.get("FifoQueue")),
            visibility=float(stated.get("VisibilityTimeout", 30)),
            max_receives=int(redrive.get("maxReceiveCount", 0)),
            dead=str(redrive.get("deadLetterTargetArn", "")).partition(".")[0],
        )
    return found


class Queues:
    """The queues of one account and region. A queue's URL ends in its name."""

    def __init__(self, queues: dict[str, Queue] | None = None) -> None:
        self.queues = queues_of_template() if queues is None else queues
        self.clock: Callable[[], float] | None = None
        self._now = 0.0
        self._lock = threading.RLock()
        self._ids = 0

    @property
    def now(self) -> float:
        """The time that visibility and deduplication go by."""
        return self.clock() if self.clock else self._now

    @now.setter
    def now(self, seconds: float) -> None:
        self._now = seconds

    @staticmethod
    def url(name: str) -> str:
        """Return the URL a function is given for the queue."""
        suffix = ".fifo" if name in fifo_names() else ""
        return f"https://sqs.us-east-1.amazonaws.com/000000000000/{name}{suffix}"

    def handle(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to one request. Raises Refused as AWS would answer with an error."""
        handler = getattr(self, f"_{operation}", None)
        if handler is None:
            raise Refused("UnsupportedOperation", f"this double does not know {operation}")
        with self._lock:
            answer: dict[str, Any] = handler(request)
        return answer

    def bodies(self, name: str) -> list[str]:
        """Return the bodies of all messages in the queue, in order, in flight or not."""
        return [held.body for held in self.queues[name].messages.values()]

    def _queue(self, request: dict[str, Any]) -> Queue:
        name = request["QueueUrl"].rpartition("/")[2].removesuffix(".fifo")
        if name not in self.queues:
            raise Refused("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.")
        return self.queues[name]

    def _SendMessage(self, request: dict[str, Any]) -> dict[str, Any]:
        queue = self._queue(request)
        body = request["MessageBody"]
        if not 1 <= len(body.encode()) <= MESSAGE_LIMIT:
            raise Refused("InvalidParameterValue", "The message is empty or too long")
        group, token = request.get("MessageGroupId", ""), request.get("MessageDeduplicationId", "")
        if queue.fifo and not (group and token):
            raise Refused(
                "MissingParameter", "The request must contain MessageGroupId and a deduplication id"
            )
        earlier = queue.recent.get((group, token)) if queue.fifo else None
        if earlier and self.now - earlier[0] < DEDUPLICATION_SECONDS:
            queue.deduplicated += 1
            return self._accepted(earlier[1], body)
        held = self._put(queue, body, group, float(request.get("DelaySeconds", 0)))
        if queue.fifo:
            held.attributes.update(MessageGroupId=group, MessageDeduplicationId=token)
            queue.recent[(group, token)] = (self.now, held.message_id)
        queue.sent += 1
        return self._accepted(held.message_id, body)

    def _put(self, queue: Queue, body: str, group: str, delay: float) -> Held:
        self._ids += 1
        name = str(uuid.uuid5(uuid.NAMESPACE_OID, str(self._ids)))
        attributes = {"SentTimestamp": str(int(self.now * 1000)), "SequenceNumber": f"{self._ids:020d}"}
        held = Held(name, body, group, attributes, self.now + delay)
        queue.messages[name] = held
        return held

    @staticmethod
    def _accepted(message_id: str, body: str) -> dict[str, Any]:
        return {"MessageId": message_id, "MD5OfMessageBody": _md5(body)}

    def _SendMessageBatch(self, request: dict[str, Any]) -> dict[str, Any]:
        if len(request["Entries"]) > 10:
            raise Refused("AWS.SimpleQueueService.TooManyEntriesInBatchRequest", "at most 10")
        done = []
        for entry in request["Entries"]:
            sent = self._SendMessage({"QueueUrl": request["QueueUrl"], **entry})
            done.append({"Id": entry["Id"], **sent})
        return {"Successful": done, "Failed": []}

    def _ReceiveMessage(self, request: dict[str, Any]) -> dict[str, Any]:
        queue = self._queue(request)
        wanted = int(request.get("MaxNumberOfMessages", 1))
        blocked: set[str] = set()
        taken: list[Message] = []
        for held in list(islice(queue.messages.values(), LOOKED_AT)):
            if len(taken) == wanted:
                break
            if held.visible_at > self.now or held.group in blocked:
                blocked.add(held.group if queue.fifo else held.message_id)
                continue
            if queue.max_receives and held.receives >= queue.max_receives:
                self._bury(queue, held)
                continue
            taken.append(self._take(queue, held, float(request.get("VisibilityTimeout", queue.visibility))))
        return {"Messages": taken} if taken else {}

    def _take(self, queue: Queue, held: Held, visibility: float) -> Message:
        held.receives += 1
        held.visible_at = self.now + visibility
        held.receipt = f"{held.message_id}#{held.receives}"
        return {
            "MessageId": held.message_id,
            "ReceiptHandle": held.receipt,
            "Body": held.body,
            "MD5OfBody": _md5(held.body),
            "Attributes": {**held.attributes, "ApproximateReceiveCount": str(held.receives)},
        }

    def _bury(self, queue: Queue, held: Held) -> None:
        del queue.messages[held.message_id]
        if queue.dead:
            held.receives = 0
            held.visible_at = self.now
            self.queues[queue.dead].messages[held.message_id] = held

    def _DeleteMessage(self, request: dict[str, Any]) -> dict[str, Any]:
        queue = self._queue(request)
        held = self._held(queue, request)
        if held is not None:
            del queue.messages[held.message_id]
        return {}

    def _ChangeMessageVisibility(self, request: dict[str, Any]) -> dict[str, Any]:
        held = self._held(self._queue(request), request)
        if held is not None:
            held.visible_at = self.now + float(request["VisibilityTimeout"])
        return {}

    @staticmethod
    def _held(queue: Queue, request: dict[str, Any]) -> Held | None:
        """Return the message of a receipt that is still the newest one for it."""
        held = queue.messages.get(request["ReceiptHandle"].partition("#")[0])
        return held if held is not None and held.receipt == request["ReceiptHandle"] else None

    def _GetQueueUrl(self, request: dict[str, Any]) -> dict[str, Any]:
        return {"QueueUrl": self.url(request["QueueName"])}

    def _GetQueueAttributes(self, request: dict[str, Any]) -> dict[str, Any]:
        messages = self._queue(request).messages.values()
        waiting = sum(held.visible_at <= self.now for held in messages)
        depths = {
            "ApproximateNumberOfMessages": str(waiting),
            "ApproximateNumberOfMessagesNotVisible": str(len(messages) - waiting),
            "ApproximateNumberOfMessagesDelayed": "0",
        }
        return {"Attributes": depths}


def _md5(body: str) -> str:
    return md5(body.encode(), usedforsecurity=False).hexdigest()


def lambda_event(queue: str, messages: list[Message]) -> dict[str, Any]:
    """Return received messages as Lambda hands them to a function."""
    suffix = ".fifo" if messages and "MessageGroupId" in messages[0]["Attributes"] else ""
    return {
        "Records": [
            {
                "messageId": each["MessageId"],
                "receiptHandle": each["ReceiptHandle"],
                "body": each["Body"],
                "attributes": {
                    "ApproximateReceiveCount": "1",
                    "SentTimestamp": "0",
                    "SenderId": "sender",
                    "ApproximateFirstReceiveTimestamp": "0",
                    **each["Attributes"],
                },
                "messageAttributes": {},
                "md5OfBody": each["MD5OfBody"],
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:us-east-1:000000000000:{queue}{suffix}",
                "awsRegion": "us-east-1",
            }
            for each in messages
        ]
    }
