"""A queued callback, read back from its message."""

import json
from dataclasses import dataclass

from scrm.wecom.callbacks import CallbackEvent, parse


@dataclass(frozen=True)
class Queued:
    """One callback as CustomerEvents.fifo and CorpEvents.fifo carry it (docs/events.md)."""

    event_id: str
    receiver: str
    received_at: str
    xml: str
    event: CallbackEvent


def queued(body: str) -> Queued:
    """Return the callback in a message body. Raises ValueError or KeyError when it is none."""
    plain = json.loads(body)
    xml = plain["xml"]
    return Queued(plain["event_id"], plain["receiver"], plain["received_at"], xml, parse(xml.encode()))
