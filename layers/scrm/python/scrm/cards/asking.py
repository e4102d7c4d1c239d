"""Asking for customers' cards to be made anew, through the queue `CardRefreshes` (docs/events.md)."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from scrm import aws
from scrm.cards.posting import post_anew
from scrm.cards.refreshing import Refresher
from scrm.config import required
from scrm.moments import rfc3339

A_MESSAGE = 25
"""Customers in a message; all of them take a few seconds."""

_A_REQUEST = 10


class NotQueued(RuntimeError):
    """SQS refused some messages; asking again for all is safe."""


def ask(customer_ids: Iterable[str], now: datetime, *, anew: bool = False, delay: int = 0) -> int:
    """Ask for these customers to be made anew; return how many there are. Safe to repeat.

    They are looked at as of `now` or later. `anew` also puts every posting their cards ought to have. `delay`
    is in seconds, up to 900. Raises NotQueued. One send for each 250.
    """
    ids = sorted(set(customer_ids))
    told = {"at": rfc3339(now.astimezone(UTC)), **({"anew": True} if anew else {})}
    bodies = [
        json.dumps({"customer_ids": ids[at : at + A_MESSAGE], **told}) for at in range(0, len(ids), A_MESSAGE)
    ]
    for at in range(0, len(bodies), _A_REQUEST):
        entries = [
            {"Id": str(number), "MessageBody": body, "DelaySeconds": delay}
            for number, body in enumerate(bodies[at : at + _A_REQUEST])
        ]
        answer = aws.client("sqs").send_message_batch(
            QueueUrl=required("CARD_REFRESHES_URL"), Entries=entries
        )
        if answer.get("Failed"):
            raise NotQueued(len(answer["Failed"]))
    return len(ids)


def asked(message: Mapping[str, Any], refresher: Refresher, now: datetime) -> None:
    """Do what a message asks for. Safe to repeat.

    Clocks differ: a message of a tick is answered as of that tick at the earliest.
    """
    told = json.loads(message["body"])
    at = max(now, datetime.fromisoformat(told["at"])) if "at" in told else now
    for customer_id in told["customer_ids"]:
        root = refresher.refresh(customer_id, at)
        if root and told.get("anew"):
            post_anew(root)
