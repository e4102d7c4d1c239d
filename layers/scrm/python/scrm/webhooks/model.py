"""Webhooks and the events they are told. Pure (docs/decisions/0017-outgoing-events.md).

An event is an entry of a customer's timeline, told to the outside: whatever is kept there once is told once.
It holds ids and no names, numbers or words of people.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal, get_args

from scrm.moments import rfc3339
from scrm.timeline.model import Entry

Event = Literal[
    "customer.added",
    "relation.deleted",
    "relation.transferred",
    "follow_up.created",
    "stage.changed",
    "segment.entered",
    "segment.left",
]
EVENTS: tuple[Event, ...] = get_args(Event)

OF_KINDS: Mapping[str, Event] = {
    "customer_added": "customer.added",
    "deleted_by_customer": "relation.deleted",
    "deleted_by_staff": "relation.deleted",
    "transferred": "relation.transferred",
    "follow_up": "follow_up.created",
    "stage_changed": "stage.changed",
    "segment_entered": "segment.entered",
    "segment_left": "segment.left",
}

# Of an entry's own facts: ids and keys alone.
_TOLD = frozenset({"channel_id", "segment_id", "from", "to", "channel"})


@dataclass(frozen=True)
class Webhook:
    """Where some events are told to. `secret` is the name of the parameter that holds the signing secret."""

    webhook_id: str
    name: str
    url: str
    events: tuple[Event, ...]
    secret: str
    active: bool = True
    version: int = 1
    created_by: str = ""
    created_at: str = ""
    updated_at: str = ""


@dataclass(frozen=True)
class Happened:
    """One event, for one webhook. `about` keeps the events of one customer in their order."""

    webhook_id: str
    about: str
    body: Mapping[str, Any]

    @property
    def event_id(self) -> str:
        """Return what names the event for good: a receiver drops what it has seen."""
        return str(self.body["event_id"])


def happened(customer_id: str, entry: Entry, webhooks: Iterable[Webhook]) -> list[Happened]:
    """Return what is told of a new entry, one for each webhook that wants it."""
    event = OF_KINDS.get(entry.kind)
    wanting = [each for each in webhooks if each.active and event in each.events]
    if event is None or not wanting:
        return []
    at = rfc3339(entry.at)
    seed = "\0".join((customer_id, at, entry.entry_id, event))
    body = {
        "event_id": sha256(seed.encode()).hexdigest()[:32],
        "event": event,
        "at": at,
        "customer_id": customer_id,
        "external_userid": entry.external_userid,
        "userid": entry.userid,
        "data": {name: value for name, value in entry.facts.items() if name in _TOLD},
    }
    if entry.kind.startswith("deleted_by_"):
        body["data"] = {"by": entry.kind.removeprefix("deleted_by_")}
    return [Happened(each.webhook_id, customer_id, body) for each in wanting]
