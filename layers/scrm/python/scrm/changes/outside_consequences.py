"""Telling other systems what happened to a customer; imported when the first of it comes."""

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from scrm import clock
from scrm.changes.carrying_out import Consequences, send
from scrm.changes.effects import Happening
from scrm.timeline.model import Entry
from scrm.webhooks.dynamodb import known as webhooks
from scrm.webhooks.model import happened


def done_by(_: Consequences) -> Mapping[type[Any], Callable[[Any, Any], None]]:
    """Return how each effect is carried out."""
    return {Happening: lambda effect, _: tell_outside(effect.customer_id, effect.entry)}


def tell_outside(customer_id: str, entry: Entry) -> None:
    """Queue the event for each webhook that wants it; which there are is at most a minute old."""
    for each in happened(customer_id, entry, webhooks(clock.now())):
        cause = sha256(f"{each.webhook_id}#{each.event_id}".encode()).hexdigest()
        message = {"webhook_id": each.webhook_id, "body": dict(each.body)}
        send("OUTGOING_EVENTS_URL", message, f"{each.webhook_id}#{each.about}", cause)
