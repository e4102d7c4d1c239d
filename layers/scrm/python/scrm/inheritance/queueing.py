"""Messages to the queue InheritanceBatches (docs/events.md): a batch is to be looked at.

The group is the member who hands over: WeCom takes one call for each of them at a time (45035), and two
customers of one batch are never worked on at once. Harmless to repeat.
"""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import islice

from scrm import aws
from scrm.config import required

_AT_ONCE = 10
_SOON = timedelta(minutes=10)


class NotQueued(RuntimeError):
    """SQS refused some messages; what is due stays due, so the next tick asks again."""


def queue_batches(places: Iterable[tuple[str, str, str]]) -> int:
    """Queue batches by plan, number and place among what is due; return how many. Raises NotQueued.

    The same place is queued once within five minutes.
    """
    waiting, queued = iter(places), 0
    while part := list(islice(waiting, _AT_ONCE)):
        entries = [
            {
                "Id": str(at),
                "MessageBody": json.dumps({"plan_id": plan_id, "number": number}),
                "MessageGroupId": token.rpartition("#")[2],
                "MessageDeduplicationId": sha256(f"{plan_id}#{number}#{token}".encode()).hexdigest(),
            }
            for at, (plan_id, number, token) in enumerate(part)
        ]
        url = required("INHERITANCE_BATCHES_URL")
        answer = aws.client("sqs").send_message_batch(QueueUrl=url, Entries=entries)
        if answer.get("Failed"):
            raise NotQueued(len(answer["Failed"]))
        queued += len(part)
    return queued


def tell_failed(plan_id: str, number: str, handover: str, external_userid: str, reason: str, at: str) -> None:
    """Queue that WeCom told of a failed handover (callback transfer_fail); `at` in RFC 3339."""
    told = {
        "plan_id": plan_id,
        "number": number,
        "external_userid": external_userid,
        "failed": reason,
        "at": at,
    }
    aws.client("sqs").send_message(
        QueueUrl=required("INHERITANCE_BATCHES_URL"),
        MessageBody=json.dumps(told),
        MessageGroupId=handover.lower(),
        MessageDeduplicationId=sha256(json.dumps(told, sort_keys=True).encode()).hexdigest(),
    )


def ask_soon(plan_id: str, number: str, handover: str, now: datetime) -> None:
    """Queue that WeCom has told of something in a batch: it is asked for with the next tick.

    Once in ten minutes for each batch, however many of its customers are told of.
    """
    turn = int(now.timestamp() // _SOON.total_seconds())
    aws.client("sqs").send_message(
        QueueUrl=required("INHERITANCE_BATCHES_URL"),
        MessageBody=json.dumps({"plan_id": plan_id, "number": number, "soon": True}),
        MessageGroupId=handover.lower(),
        MessageDeduplicationId=sha256(f"{plan_id}#{number}#soon#{turn}".encode()).hexdigest(),
    )
