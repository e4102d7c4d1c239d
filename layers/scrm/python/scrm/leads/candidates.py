"""Who may get a lead, and who may not and why (spec 4.2). Pure.

Eligible is who is active, works for the rule, is on shift and not on leave, has room in both caps, knows what
is asked for, looks after the region, and is not an ex-owner who has to wait. The first reason is told.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, get_args

NATIONAL = "000000"
"""The region of who looks after the whole country."""

Reason = Literal[
    "inactive", "off_shift", "on_leave", "cooldown", "full", "daily_cap", "skill_unmet", "region_unmet"
]
REASONS: tuple[Reason, ...] = get_args(Reason)


@dataclass(frozen=True)
class Candidate:
    """A member whom a rule may choose, as they stand at one moment.

    `open` are their leads from ASSIGNED to SIGNED, `today` those they were given on this Beijing day; caps of
    None do not bound. `skills` give levels by name, `regions` the administrative codes (GB/T 2260) they look
    after; none is the whole country.
    """

    userid: str
    order_no: int = 0
    weight: int = 1
    open: int = 0
    max_open: int | None = None
    today: int = 0
    daily_cap: int | None = None
    last_assigned_at: datetime | None = None
    skills: Mapping[str, int] = field(default_factory=dict)
    regions: tuple[str, ...] = ()
    active: bool = True
    on_shift: bool = True
    on_leave: bool = False

    @property
    def place(self) -> tuple[int, str]:
        """Return where the member stands in the configured order."""
        return self.order_no, self.userid


@dataclass(frozen=True)
class Need:
    """What a lead asks of who gets it: skills with their least levels; who must not be, in lower case."""

    skills: Mapping[str, int] = field(default_factory=dict)
    excluded: frozenset[str] = frozenset()


def why_not(candidate: Candidate, need: Need) -> Reason | None:
    """Return why a member may not get a lead, None when they may. Regions are judged by `in_region`."""
    if not candidate.active:
        return "inactive"
    if candidate.on_leave:
        return "on_leave"
    if not candidate.on_shift:
        return "off_shift"
    if candidate.userid.lower() in need.excluded:
        return "cooldown"
    if any(candidate.skills.get(skill, 0) < level for skill, level in need.skills.items()):
        return "skill_unmet"
    if candidate.max_open is not None and candidate.open >= candidate.max_open:
        return "full"
    if candidate.daily_cap is not None and candidate.today >= candidate.daily_cap:
        return "daily_cap"
    return None


def judged(candidates: Iterable[Candidate], need: Need) -> dict[str, Reason | None]:
    """Return for each member, in the configured order, why they may not get the lead; None: they may."""
    return {each.userid: why_not(each, need) for each in sorted(candidates, key=lambda each: each.place)}


def free(candidates: Iterable[Candidate], judgement: Mapping[str, Reason | None]) -> list[Candidate]:
    """Return the members who may get the lead, in the configured order."""
    found = [each for each in candidates if judgement[each.userid] is None]
    return sorted(found, key=lambda each: each.place)


def levels(region: str) -> tuple[str, ...]:
    """Return the codes that cover a region, the most specific first: district, city, province, the country.

    An unknown region ("") is covered by the country alone.
    """
    if len(region) != len(NATIONAL) or not region.isdigit():
        return (NATIONAL,)
    province, city = f"{region[:2]}0000", f"{region[:4]}00"
    return tuple(dict.fromkeys((region, city, province, NATIONAL)))


def in_region(candidates: Collection[Candidate], region: str) -> list[Candidate]:
    """Return those of the most specific level that has anybody (spec 4.2 region)."""
    for level in levels(region):
        found = [each for each in candidates if level in (each.regions or (NATIONAL,))]
        if found:
            return found
    return []
