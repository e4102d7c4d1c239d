"""Mass sends of SOPs: customers are gathered for a minute, then planned into calls (spec 3.10, 0027).

A place is taken before the run is claimed, and the claim names the gather. The plan takes in the places whose
claim stands; who claims as it closes is found a little later and has another turn (`settling.sweep`).
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import count as numbers
from typing import Any

from scrm.mass_sends import dynamodb as stored
from scrm.mass_sends.content import variables_in
from scrm.mass_sends.model import (
    MINUTE,
    MOST_WAITS,
    SHARED,
    Gather,
    GatherStatus,
    MassCall,
    Place,
    chunks,
    looked,
    mass_id_of,
    opens_until,
)
from scrm.mass_sends.telling import tell_ends
from scrm.mass_sends.values import values_of
from scrm.settings.dynamodb import load as load_settings
from scrm.sops.due_dynamodb import someone_due
from scrm.sops.dynamodb import of_subjects
from scrm.sops.enrollment import Enrollment, Run
from scrm.sops.model import Step, Version
from scrm.sops.seeing import Person
from scrm.sops.sops_dynamodb import defined
from scrm.sops.storing import ATTEMPTS, Contended
from scrm.staff.model import key
from scrm.telemetry import count
from scrm.wecom.errors import WeComError

MOST_GENERATIONS = 50


def gather(
    it: Enrollment, step: Step, run: Run, version: Version, person: Person | None, now: datetime
) -> str:
    """Give the run a place in the mass send of its step, sender and due minute; return that one's id.

    The claim has to name it. One that has closed is followed by another. 1 RRU and 1 WRU, 3 WRU for the
    first customer. Safe to repeat.
    """
    parts = defined.contents(it.sop_id, it.version).get(step.key, {}).get("parts", ())
    values = values_of(variables_in(parts), it, person, now)
    open_one = _open(it, step, run, version, now)
    place = Place(it.subject, it.external_userid or it.subject, it.cycle, run.attempt, it.owner, values)
    stored.take_place(open_one, place)
    return open_one.mass_id


def look_at(message: Mapping[str, Any], now: datetime) -> None:
    """Do what a mass send has due by `now`. Safe to repeat, late or twice; raises Contended.

    Messages of one mass send come one after the other; whatever is killed is found by the next look.
    """
    for _ in range(ATTEMPTS):
        it = stored.head(message["mass_id"])
        if it is None or it.look_at is None or it.look_at > now:
            return
        try:
            _look(it, now)
        except stored.MassChanged:
            continue
        return
    raise Contended


def _open(it: Enrollment, step: Step, run: Run, version: Version, now: datetime) -> Gather:
    """Return the gather that takes the run in, begun where there is none."""
    shared = step.mode in SHARED
    sender = "" if shared else it.owner
    for generation in numbers(1):
        mass_id = mass_id_of(version, step, sender, run.due, generation, shared=shared)
        there = stored.head(mass_id)
        if there is None:
            there = _begun(mass_id, step, run, version, sender, now)
        if there.status == "open":
            return there
        if shared:
            return _joined(there, now)
        if generation == MOST_GENERATIONS:
            raise Contended
    raise Contended


def _begun(mass_id: str, step: Step, run: Run, version: Version, sender: str, now: datetime) -> Gather:
    new = Gather(
        mass_id,
        version.sop_id,
        version.number,
        step.key,
        sender,
        run.due,
        step.mode,
        version.priority,
        step.title,
        look_at=opens_until(run.due, now),
    )
    try:
        return stored.save(new, None)
    except stored.MassChanged:
        there = stored.head(mass_id)
        if there is None:
            raise
        return there


def _joined(it: Gather, now: datetime) -> Gather:
    """Return a task of the day, which somebody joins late; one that is over is looked at once more."""
    if it.status != "over":
        return it
    status: GatherStatus = "running" if it.calls else "open"
    return stored.save(replace(looked(it, now + MINUTE), status=status, poll_at=now), it)


def _look(it: Gather, now: datetime) -> None:
    from scrm.mass_sends import settling  # WeCom's client comes with it

    started = time.monotonic()
    version = defined.version(it.sop_id, it.number)
    step = version.step(it.step_key)
    if step is None:
        stored.save(replace(looked(it, None), status="over"), it)
        return
    if it.status == "open":
        if it.looks < MOST_WAITS and someone_due(it.sop_id, it.step_key, it.due_at):
            count("sop_mass_waits")
            stored.save(looked(it, now + MINUTE), it)
            return
        it = stored.save(replace(looked(it, now), status="closed", closed_at=now), it)
    if it.status == "closed":
        try:
            it = _planned(it, step, now)
        except WeComError:
            stored.save(looked(it, now + MINUTE), it)
            return
    if it.status == "running":
        settling.go_on(it, version, step, load_settings(), now, started)


def _planned(it: Gather, step: Step, now: datetime) -> Gather:
    """Return the gather with its calls stored, none of them asked for yet. May be repeated until then."""
    claimed, withdrawn = standing(it, stored.places(it.mass_id))
    tell_ends(it, withdrawn, "withdrawn", now)
    stored.leave(it.mass_id, (each.external_userid for each in withdrawn))
    calls = _shared(it, step) if claimed and it.mode in SHARED else _calls(it, claimed)
    for call, recipients in calls:
        stored.put_call(it, call)
        stored.name(it, call.number, recipients)
    count("sop_mass_calls", len(calls))
    after = replace(looked(it, now), status="running", calls=len(calls), poll_at=now)
    return stored.save(after, it)


def _shared(it: Gather, step: Step) -> list[tuple[MassCall, list[str]]]:
    from scrm.mass_sends.shared import planned

    return planned(it, step, load_settings())


def standing(it: Gather, places: Iterable[Place]) -> tuple[list[Place], list[Place]]:
    """Return whose claim stands, and whose is to be taken back since their SOP is not going on."""
    sop = defined.sops().get(it.sop_id)
    running = sop is not None and sop.status == "running"
    claimed = claims_of(it, places)
    going = [each for each, bar in claimed if running and _goes_on(bar, it)]
    return going, [each for each, bar in claimed if not (running and _goes_on(bar, it))]


def _goes_on(bar: Enrollment, it: Gather) -> bool:
    """Return whether a bar is active, and under the member who is to send: another would not be a friend."""
    return bar.status == "ACTIVE" and (it.mode in SHARED or key(bar.owner) == key(it.sender))


def claims_of(it: Gather, places: Iterable[Place]) -> list[tuple[Place, Enrollment]]:
    """Return the places whose runs wait in this very gather, each with its bar, read strongly."""
    known = list(places)
    bars = of_subjects((each.subject for each in known), it.sop_id)
    found = [(each, bars[each.subject]) for each in known if each.subject in bars]
    return [(place, bar) for place, bar in found if _holds(place, bar, it)]


def _holds(place: Place, bar: Enrollment, it: Gather) -> bool:
    run = bar.latest(it.step_key)
    return (
        run is not None
        and bar.cycle == place.cycle
        and run.attempt == place.attempt
        and run.status == "DISPATCHED"
        and run.why == it.mass_id
    )


def _calls(it: Gather, claimed: Iterable[Place]) -> list[tuple[MassCall, list[str]]]:
    """Return the calls: one for each 10,000 customers whose variables say the same."""
    from scrm.wecom.mass_sends import MOST_CUSTOMERS

    same: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for each in claimed:
        same.setdefault(tuple(sorted(each.values.items())), []).append(each.external_userid)
    total = sum(len(each) for each in same.values())
    parts = [
        (dict(values), part) for values, all_ in sorted(same.items()) for part in chunks(all_, MOST_CUSTOMERS)
    ]
    return [
        (MassCall(number, it.sender, values, it.title, tells=number == 1, total=total), part)
        for number, (values, part) in enumerate(parts, 1)
    ]
