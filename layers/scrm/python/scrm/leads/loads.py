"""How much a member has, as caps and algorithms ask it (spec 4.2). Pure."""

from dataclasses import dataclass, replace
from datetime import datetime

from scrm.moments import BEIJING


@dataclass(frozen=True)
class Load:
    """What a member has: open leads (ASSIGNED to SIGNED); given and claimed on the Beijing day `day`."""

    userid: str
    open: int = 0
    day: str = ""
    given: int = 0
    claimed: int = 0
    last_assigned_at: datetime | None = None
    version: int = 0

    def on(self, now: datetime) -> "Load":
        """Return the load as it counts on the day of `now`: a new day begins with nothing."""
        today = now.astimezone(BEIJING).date().isoformat()
        return self if self.day == today else replace(self, day=today, given=0, claimed=0)


def given(load: Load, now: datetime) -> Load:
    """Return the load of who was given a lead."""
    today = load.on(now)
    at = now.replace(microsecond=0)
    return replace(today, open=today.open + 1, given=today.given + 1, last_assigned_at=at)


def claimed(load: Load, now: datetime) -> Load:
    """Return the load of who has claimed a lead from a pool."""
    today = load.on(now)
    return replace(today, open=today.open + 1, claimed=today.claimed + 1)


def brought(load: Load) -> Load:
    """Return the load of who has a lead that was not given by turns: they brought it."""
    return replace(load, open=load.open + 1)


def released(load: Load) -> Load:
    """Return the load of whose lead was closed or went elsewhere."""
    return replace(load, open=max(0, load.open - 1))
