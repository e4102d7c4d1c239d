"""How often one customer may be marketed to, over SOPs, mass sends, moments, calls (spec 3.3, D3). Pure."""

from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from scrm.moments import BEIJING
from scrm.settings.model import QuotaPolicy, Settings
from scrm.sops.model import DAY

KEPT = timedelta(days=32)
"""Longer ago than this nothing is counted."""
ROLLING = timedelta(hours=168)
MOST_DAYS = 62

Allows = Callable[[datetime], bool]


@dataclass(frozen=True)
class Touches:
    """When a customer was marketed to: by step run or what else it was; of those the mass sends of WeCom."""

    at: Mapping[str, datetime] = field(default_factory=dict)
    mass: Mapping[str, datetime] = field(default_factory=dict)
    version: int = 0

    def without(self, key: str) -> "Touches":
        """Return the touches without one: a run does not stand in its own way."""
        return Touches(_less(self.at, key), _less(self.mass, key), self.version)

    def joined(self, others: "Iterable[Touches]") -> "Touches":
        """Return the touches with those counted under other ids of the same person; the version stays."""
        at, mass = dict(self.at), dict(self.mass)
        for each in others:
            at |= each.at
            mass |= each.mass
        return Touches(at, mass, self.version)

    def with_(self, key: str, at: datetime, *, mass: bool, marketing: bool = True) -> "Touches":
        """Return the touches with one more, and without those that no longer count at `at`."""
        kept = {each: when for each, when in self.at.items() if when > at - KEPT}
        sent = {each: when for each, when in self.mass.items() if when > at - KEPT}
        kept |= {key: at} if marketing else {}
        return Touches(kept, {**sent, key: at} if mass else sent, self.version)


def marketing_cap(touches: Touches, corp: Settings) -> Allows:
    """Return when the corp's own cap lets one more through: so many a Beijing day, so many in 168 hours."""
    times = list(touches.at.values())

    def allows(at: datetime) -> bool:
        today = sum(1 for each in times if _day(each) == _day(at))
        rolling = sum(1 for each in times if at - ROLLING < each <= at)
        return today < corp.marketing_day_cap and rolling < corp.marketing_week_cap

    return allows


def mass_quota(touches: Touches, policy: QuotaPolicy) -> Allows:
    """Return when WeCom's quota lets one more mass send through (spec D3, sheet 5.0)."""
    times = [each.astimezone(BEIJING) for each in touches.mass.values()]

    def allows(at: datetime) -> bool:
        there = at.astimezone(BEIJING)
        if policy == "per_day:1":
            return not any(each.date() == there.date() for each in times)
        if policy == "per_week:7":
            return sum(1 for each in times if each.isocalendar()[:2] == there.isocalendar()[:2]) < 7
        most = 4 if policy == "per_month:4" else monthrange(there.year, there.month)[1]
        return sum(1 for each in times if (each.year, each.month) == (there.year, there.month)) < most

    return allows


def same_time_free(due: datetime, now: datetime, limits: Iterable[Allows]) -> datetime | None:
    """Return the first later day at the same HH:MM as `due` on which every limit is free; None: none soon.

    How a step-by-step step gives way (spec 3.3, O-S4, O-S5).
    """
    limits = list(limits)
    clock = due.astimezone(BEIJING).time()
    day = max(due, now).astimezone(BEIJING).date()
    for ahead in range(MOST_DAYS):
        at = datetime.combine(day + ahead * DAY, clock, BEIJING)
        if at > now and all(allows(at) for allows in limits):
            return at
    return None


def first_free(
    now: datetime,
    until: datetime,
    touches: Touches,
    limits: Iterable[Allows],
    fits: Callable[[datetime], datetime],
) -> datetime | None:
    """Return the earliest time up to `until` at which every limit is free, outside of quiet hours (`fits`).

    How a timed step gives way inside its late window (spec 3.3, 3.13): None means it is missed. Limits free
    up at a midnight, or 168 hours after a touch, and at no other time.
    """
    limits = list(limits)
    midnight = datetime.combine(now.astimezone(BEIJING).date(), time(), BEIJING)
    days = (midnight + each * DAY for each in range(1, (until - now) // DAY + 3))
    times = [now, *days, *(each + ROLLING for each in touches.at.values())]
    free = (
        at for each in sorted(times) if each >= now and all(allows(at := fits(each)) for allows in limits)
    )
    first = next(free, None)
    return first if first and first <= until else None


def _day(at: datetime) -> str:
    return at.astimezone(BEIJING).date().isoformat()


def _less(times: Mapping[str, datetime], key: str) -> dict[str, datetime]:
    return {each: at for each, at in times.items() if each != key}
