"""Which SOPs name a segment: without it nobody would enter them, and those in them would leave."""

from collections.abc import Iterator, Mapping
from typing import Any

from scrm.segments.model import referred_to
from scrm.sops.model import Version
from scrm.sops.sops_dynamodb import defined


def names_using(segment_id: str) -> list[str]:
    """Return the names of the SOPs, not stopped, whose version in force names a segment. 1 RRU, by bytes."""
    in_force = [each for each in defined.sops().values() if each.published and each.status != "stopped"]
    return [
        each.name
        for each in in_force
        if segment_id in segments_of(defined.version(each.sop_id, each.published))
    ]


def segments_of(version: Version) -> frozenset[str]:
    """Return the segments by which somebody enters a version, or that its conditions ask about."""
    named = {each for trigger in version.triggers if trigger.kind == "segment" for each in trigger.ids}
    return frozenset(named.union(*(referred_to(each) for each in _conditions(version))))


def _conditions(version: Version) -> Iterator[Mapping[str, Any]]:
    of_steps = [each.condition for each in version.steps]
    asked = [version.condition, *of_steps, *(each.condition for each in version.goals)]
    yield from (each for each in asked if each)
