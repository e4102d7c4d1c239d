"""Carrying out what follows for channels; imported when the first of it comes."""

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from scrm.changes.carrying_out import Consequences, Known, send
from scrm.changes.effects import CameThrough, Refreshed
from scrm.channel_codes.dynamodb import channel, forget_add, record_add
from scrm.channel_codes.model import Channel
from scrm.channel_codes.roster import needs_counting


def done_by(_: Consequences) -> Mapping[type[Any], Callable[[Any, Any], None]]:
    """Return how each effect is carried out."""
    return {CameThrough: _place, Refreshed: _refresh}


def channel_of(channel_id: str, known: Known) -> Channel | None:
    """Return a channel, looked up once for each change."""
    if channel_id not in known.channels:
        known.channels[channel_id] = channel(channel_id)
    return known.channels[channel_id]


def _place(effect: CameThrough, _: Known) -> None:
    place = forget_add if effect.gone else record_add
    place(effect.channel_id, effect.userid, effect.external_userid, effect.event_id, effect.at)


def _refresh(effect: Refreshed, known: Known) -> None:
    """Ask for a channel's refresh; an add matters only where adds are counted."""
    if effect.reason == "add":
        found = channel_of(effect.channel_id, known)
        if found is None or not needs_counting(found):
            return
    cause = sha256(f"{effect.reason}#{effect.channel_id}#{effect.cause}".encode()).hexdigest()
    message = {"channel_id": effect.channel_id, "reason": effect.reason}
    send("CORP_EVENTS_URL", message, effect.channel_id, cause)
