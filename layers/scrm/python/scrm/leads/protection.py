"""How long a lead is its owner's: protection and recycling (spec 4.4, 4.5). Pure; limits fire at ≥."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

RecycleRule = Literal["R1", "R2", "R3", "R4", "R5", "R6"]
FIRST: tuple[RecycleRule, ...] = ("R5", "R4", "R1", "R3", "R2", "R6")
"""When several fire, the first of these is the reason (spec 4.9)."""

RECYCLABLE = frozenset({"ASSIGNED", "FOLLOWING", "QUALIFIED", "INTENT"})
NURTURED_AT = 3
"""So many recycles, of any kind, and the lead goes to NURTURE."""


@dataclass(frozen=True)
class Policy:
    """How long what lasts; a limit of None does not bound.

    default_days and extend_days protect, max_days is the end whatever happens; remind_days before the
    end of protection the owner is reminded. first_sla: working time until the first follow-up.
    """

    default_days: int = 10
    extend_days: int = 3
    max_days: int | None = 20
    remind_days: int = 1
    first_sla: timedelta | None = None
    idle_days: int | None = None
    stall_days: int | None = None
    cooldown: timedelta = timedelta(hours=24)


@dataclass(frozen=True)
class Protection:
    """A lead is protected until `until`, and its owner's until `hard_until` at most (None: no end)."""

    until: datetime
    hard_until: datetime | None


def began(owned_at: datetime, policy: Policy) -> Protection:
    """Return the protection of a lead that somebody owns since `owned_at`."""
    end = owned_at + timedelta(days=policy.max_days) if policy.max_days is not None else None
    until = owned_at + timedelta(days=policy.default_days)
    return Protection(min(until, end) if end else until, end)


def extended(protection: Protection, acted_at: datetime, policy: Policy) -> Protection:
    """Return the protection after a qualifying activity: never shorter, never beyond the end."""
    until = max(protection.until, acted_at + timedelta(days=policy.extend_days))
    return replace(protection, until=min(until, protection.hard_until) if protection.hard_until else until)


def remind_at(protection: Protection, policy: Policy) -> datetime:
    """Return when the owner is to be reminded."""
    return protection.until - timedelta(days=policy.remind_days)


@dataclass(frozen=True)
class Held:
    """A lead as its owner holds it. `first_due` is the end of the first SLA, None without one."""

    status: str
    owned_at: datetime
    protection: Protection
    first_due: datetime | None = None
    followed_at: datetime | None = None
    advanced_at: datetime | None = None
    locked: bool = False
    owner_left: bool = False
    relations_lost: bool = False


def limits(held: Held, policy: Policy) -> Mapping[RecycleRule, datetime]:
    """Return when each rule fires by time alone, of those that can; what is locked or won has none.

    R2 and R3 wait for the end of protection. R5 and R6 come with an event and not with time.
    """
    if held.locked or held.status not in RECYCLABLE:
        return {}
    found: dict[RecycleRule, datetime] = {}
    if held.first_due and held.followed_at is None:
        found["R1"] = held.first_due
    if policy.idle_days is not None:
        idle = (held.followed_at or held.owned_at) + timedelta(days=policy.idle_days)
        found["R2"] = max(idle, held.protection.until)
    if policy.stall_days is not None:
        stalled = (held.advanced_at or held.owned_at) + timedelta(days=policy.stall_days)
        found["R3"] = max(stalled, held.protection.until)
    if held.protection.hard_until:
        found["R4"] = held.protection.hard_until
    return found


def fired(held: Held, policy: Policy, now: datetime) -> RecycleRule | None:
    """Return the rule by which a lead is recycled at `now`; None: it stays."""
    if held.locked or held.status not in RECYCLABLE:
        return None
    holding = {rule for rule, at in limits(held, policy).items() if now >= at}
    holding |= {"R5"} if held.owner_left else set()
    holding |= {"R6"} if held.relations_lost else set()
    return next((rule for rule in FIRST if rule in holding), None)


def next_limit(held: Held, policy: Policy) -> datetime | None:
    """Return when the clock alone recycles the lead at the earliest; None: never."""
    return min(limits(held, policy).values(), default=None)


def goes_to(recycle_count: int) -> Literal["POOLED", "NURTURE"]:
    """Return where a lead goes that has been recycled `recycle_count` times, this one included."""
    return "NURTURE" if recycle_count >= NURTURED_AT else "POOLED"
