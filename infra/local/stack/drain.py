"""Wait until nothing is left to do: no message in any queue, no unread stream record, no function at work."""

from __future__ import annotations

import json
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any

from infra.local.stack.description import Description, read
from infra.local.stack.places import say

QUIET_LOOKS = 3
"""The stack is done when so many looks in a row found nothing: a function that ends may have queued more."""
PAUSE_SECONDS = 0.15
TELLING = ("id", "_id", "userid", "type", "kind", "event", "action", "time", "attempt")
"""Endings of the message fields that may be shown. Everything else could be a name, a phone or a code."""


@dataclass(frozen=True)
class Message:
    queue: str
    message_id: str
    receives: int
    body: str

    def __str__(self) -> str:
        return f"{self.queue}: message {self.message_id}, received {self.receives} times, {shown(self.body)}"


@dataclass
class Look:
    """What one look at the stack found."""

    waiting: list[Message] = field(default_factory=list)
    dead: list[Message] = field(default_factory=list)
    callbacks: int = 0
    behind: dict[str, int] = field(default_factory=dict)
    in_flight: dict[str, int] = field(default_factory=dict)

    @property
    def busy(self) -> bool:
        return bool(self.waiting or self.callbacks or self.behind or self.in_flight)

    def complaints(self) -> list[str]:
        return (
            [f"dead letter in {message}" for message in self.dead]
            + [f"waiting in {message}" for message in self.waiting]
            + ([f"callbacks not delivered: {self.callbacks}"] if self.callbacks else [])
            + [f"stream not read: {consumer}, {unread} records" for consumer, unread in self.behind.items()]
            + [f"function at work: {name}" for name in self.in_flight]
        )


def drain(stack: Description, timeout: float) -> list[str]:
    """Return nothing once the stack is done, or, after `timeout` seconds, a sentence for each thing left.

    A dead letter is a complaint too, told when the rest is done.
    """
    end = time.monotonic() + timeout
    quiet = 0
    while True:
        found = look(stack)
        quiet = 0 if found.busy else quiet + 1
        if quiet >= QUIET_LOOKS or time.monotonic() > end:
            return found.complaints()
        time.sleep(PAUSE_SECONDS)


def look(stack: Description) -> Look:
    work = fetch(f"{stack.aws_endpoint_url}/_local/work")
    found = Look(callbacks=undelivered(stack), behind=work["behind"], in_flight=work["in_flight"])
    for queue, message in messages(stack):
        (found.dead if queue in stack.dead_letter_queues else found.waiting).append(message)
    return found


def undelivered(stack: Description) -> int:
    """Return how many callbacks the simulator still has to deliver; another WeCom server does not tell."""
    try:
        return len(fetch(f"{stack.wecom_url}/_control/deliveries?state=queued")["deliveries"])
    except (urllib.error.URLError, OSError, ValueError, KeyError):
        return 0


def messages(stack: Description) -> list[tuple[str, Message]]:
    """Return every message, visible, in flight or delayed, with its queue's logical name."""
    logical = {real: name for name, real in stack.queues.items()}
    accounts = fetch(f"{stack.aws_endpoint_url}/_ministack/sqs/messages")["messages"]
    return [
        (logical[real], Message(logical[real], found["MessageId"], found["ReceiveCount"], found["Body"]))
        for regions in accounts.values()
        for queues in regions.values()
        for address, held in queues.items()
        if (real := address.rsplit("/", 1)[-1]) in logical
        for found in held
    ]


def shown(body: str) -> str:
    """Return what identifies a message, at most 200 characters, with nothing personal or secret."""
    try:
        parsed = json.loads(body)
    except ValueError:
        return f"{len(body)} characters, not JSON"
    return json.dumps(only_telling(parsed), ensure_ascii=False)[:200]


def only_telling(value: Any) -> Any:
    """Return the parts of a parsed message that may be shown, without what is then empty."""
    if isinstance(value, dict):
        kept = {
            key: only_telling(inner)
            for key, inner in value.items()
            if isinstance(inner, dict | list) or key.lower().endswith(TELLING)
        }
        return {key: inner for key, inner in kept.items() if inner not in ({}, [])}
    return [only_telling(inner) for inner in value] if isinstance(value, list) else value


def fetch(address: str) -> Any:
    """Return what an address answers; an engine at work on a large table is given a minute."""
    with urllib.request.urlopen(address, timeout=60) as response:  # noqa: S310 - our own loopback address
        return json.load(response)


def main(argument: str) -> None:
    """Run `make drain`."""
    try:
        timeout = float(argument or 60)
    except ValueError:
        sys.exit("TIMEOUT is a number of seconds, e.g. TIMEOUT=60.")
    if complaints := drain(read(), timeout):
        for complaint in complaints:
            say(complaint)
        sys.exit(1)
    say("Every queue and stream is done.")
