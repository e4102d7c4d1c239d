"""Messages to the queue SopSteps (docs/events.md): what is due, and what has happened to somebody in a SOP.

The group is the customer, so that nothing happens to one customer twice at a time. Harmless to repeat.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import Any

from scrm import aws
from scrm.config import required

BATCH = 10


class NotQueued(RuntimeError):
    """SQS refused some messages; what is due stays due, so the next tick asks again."""


@dataclass(frozen=True)
class Due:
    """Something of a SOP whose time has come: whose it is, and what makes this time another than the next."""

    pk: str
    sk: str
    token: str

    @property
    def place(self) -> tuple[str, str, str]:
        """Return where it stands among what is due: by priority, due, id (spec 3.3)."""
        at, _, rest = self.token.partition("#")
        return rest[:3], at, self.pk

    @property
    def message(self) -> dict[str, Any]:
        """Return the message that asks for it."""
        family, _, name = self.pk.partition("#")
        return {"kind": "mass", "mass_id": name} if family == "MASS" else {"kind": "due", "subject": name}


def queue_due(found: Iterable[Due]) -> int:
    """Queue what is due and return how many messages; raises NotQueued where SQS refused any."""
    waiting, queued, refused = iter(found), 0, 0
    while batch := list(islice(waiting, BATCH)):
        entries = [
            {
                "Id": str(place),
                "MessageBody": json.dumps(each.message),
                "MessageGroupId": each.pk,
                "MessageDeduplicationId": _digest(f"{each.pk}#{each.sk}#{each.token}"),
            }
            for place, each in enumerate(batch)
        ]
        answer = aws.client("sqs").send_message_batch(QueueUrl=required("SOP_STEPS_URL"), Entries=entries)
        refused += len(answer.get("Failed", []))
        queued += len(batch)
    if refused:
        raise NotQueued(refused)
    return queued


@dataclass(frozen=True)
class Told:
    """That something happened to a customer or lead; `cause` names it, so that it is told once."""

    subject: str
    kind: str
    cause: str
    facts: Mapping[str, Any]


def tell_all(told: Iterable[Told]) -> None:
    """Queue what happened to many, ten at a time; raises NotQueued where SQS refused any. May be repeated."""
    waiting = iter(told)
    while batch := list(islice(waiting, BATCH)):
        entries = [
            {
                "Id": str(place),
                "MessageBody": json.dumps(
                    {"kind": each.kind, "subject": each.subject, **each.facts}, ensure_ascii=False
                ),
                "MessageGroupId": f"PROGRESS#{each.subject}",
                "MessageDeduplicationId": _digest(f"{each.kind}#{each.subject}#{each.cause}"),
            }
            for place, each in enumerate(batch)
        ]
        answer = aws.client("sqs").send_message_batch(QueueUrl=required("SOP_STEPS_URL"), Entries=entries)
        if answer.get("Failed"):
            raise NotQueued(len(answer["Failed"]))


def tell(subject: str, kind: str, cause: str, facts: Mapping[str, Any] | None = None) -> None:
    """Queue that something happened to a customer or lead; `cause` names it, so that it is told once."""
    aws.client("sqs").send_message(
        QueueUrl=required("SOP_STEPS_URL"),
        MessageBody=json.dumps({"kind": kind, "subject": subject, **(facts or {})}, ensure_ascii=False),
        MessageGroupId=f"PROGRESS#{subject}",
        MessageDeduplicationId=_digest(f"{kind}#{subject}#{cause}"),
    )


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
