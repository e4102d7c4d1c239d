"""Telling customers' bars what became of their places in a mass send: messages of the queue SopSteps."""

from collections.abc import Iterable
from datetime import datetime

from scrm.mass_sends import dynamodb as stored
from scrm.mass_sends.model import CameTo, Gather, Place
from scrm.sops.queueing import Due, Told, queue_due, tell_all
from scrm.telemetry import count


def tell_ends(it: Gather, places: Iterable[Place], came_to: CameTo, at: datetime, why: str = "") -> None:
    """Queue what became of these places at `at`. Repeating is harmless: each is named by its run."""
    told = [_told(it, each, came_to, at, why) for each in places]
    tell_all(told)
    count("sop_mass_ends", len(told), came_to=came_to)


def tell_some(it: Gather, ends: Iterable[tuple[str, CameTo, datetime]], why: str = "") -> None:
    """Queue what became of these contacts and take their places away; who has none was told before."""
    known = {recipient: (came_to, at) for recipient, came_to, at in ends}
    places = stored.places_of(it.mass_id, known)
    tell_all(
        _told(it, place, came_to, at, why)
        for recipient, (came_to, at) in known.items()
        if (place := places.get(recipient))
    )
    for came_to, _ in known.values():
        count("sop_mass_ends", came_to=came_to)
    stored.leave(it.mass_id, places)


def go_on_at_once(it: Gather) -> None:
    """Queue the next look of a gather, which has more to do than one message should take."""
    at = f"{it.look_at:%Y%m%dT%H%M%SZ}" if it.look_at else ""
    queue_due([Due(f"{stored.PREFIX}{it.mass_id}", stored.HEAD, f"{at}#000#{it.looks}.{it.revision}")])


def _told(it: Gather, place: Place, came_to: CameTo, at: datetime, why: str) -> Told:
    facts = {
        "sop_id": it.sop_id,
        "cycle": place.cycle,
        "step_key": it.step_key,
        "attempt": place.attempt,
        "mass_id": it.mass_id,
        "sender": it.sender,
        "came_to": came_to,
        "at": at.isoformat(),
        "why": why,
    }
    return Told(place.subject, "mass_end", f"{it.mass_id}#{place.attempt}#{came_to}", facts)
