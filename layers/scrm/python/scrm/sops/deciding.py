"""What becomes of a step whose time has come (spec 3.3): asked in the spec's order. Pure."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Literal

from scrm.settings.model import Settings
from scrm.sops.caps import Allows, Touches, first_free, marketing_cap, mass_quota, same_time_free
from scrm.sops.enrollment import Enrollment, ExitWhy
from scrm.sops.model import Step, Version
from scrm.sops.timing import due_of, fitting, next_morning, out_of_quiet

Kind = Literal["dispatch", "exit", "skip", "defer", "miss", "pause", "wait"]


@dataclass(frozen=True)
class Seen:
    """What the worker has found of a customer, their owner and the corp when a step is due.

    `fits`: whether the SOP's condition selects the customer; `applies`: whether the step's own does.
    `staff_full`: the owner has as many to-dos today as one may have.
    """

    sop: Literal["running", "paused", "stopped"] = "running"
    friends: bool = True
    fits: bool = True
    goal: bool = False
    applies: bool = True
    opted_out: bool = False
    touches: Touches = field(default_factory=Touches)
    staff_full: bool = False


@dataclass(frozen=True)
class Decision:
    """What to do with a due step, why, and for "defer" until when."""

    kind: Kind
    why: str = ""
    until: datetime | None = None

    @property
    def exit_why(self) -> ExitWhy:
        """Return the reason of an "exit"."""
        return self.why  # type: ignore[return-value]  # exits are made below with reasons only


def decide(
    was: Enrollment, step: Step, version: Version, seen: Seen, corp: Settings, now: datetime
) -> Decision:
    """Return what to do with the step that is due by `now`, in the order of spec 3.3.

    A goal goes before the SOP's condition: whoever buys no longer fits "has not bought", and has reached the
    goal all the same (O-S10).

    A step of a service SOP, or one not marked as marketing, is not counted by the marketing cap.
    """
    return (
        _of_the_sop(was, seen)
        or _of_the_customer(version, seen)
        or _of_the_step(step, version, seen)
        or _in_time(was, step, version, seen, corp, now)
    )


def _of_the_sop(was: Enrollment, seen: Seen) -> Decision | None:
    if seen.sop == "stopped":
        return Decision("exit", "stopped")
    if seen.sop == "paused":
        return Decision("pause", "sop_paused")
    return Decision("wait") if was.status != "ACTIVE" else None


def _of_the_customer(version: Version, seen: Seen) -> Decision | None:
    if not seen.friends:
        return Decision("exit", "lost_relation")
    if seen.goal:
        return Decision("exit", "goal")
    return Decision("exit", "segment") if version.leaves and not seen.fits else None


def _of_the_step(step: Step, version: Version, seen: Seen) -> Decision | None:
    if not seen.applies:
        return Decision("skip", "condition")
    if seen.opted_out and version.purpose == "marketing":
        return Decision("exit", "optout")
    return Decision("skip", "optout") if seen.opted_out and step.marketing else None


def _in_time(
    was: Enrollment, step: Step, version: Version, seen: Seen, corp: Settings, now: datetime
) -> Decision:
    due = was.due_at or now
    timed = version.strategy == "timed"
    until = (_planned(was, step, version, corp) or due) + version.late(step)
    if timed and now > until:
        return Decision("miss", "late")
    awake = out_of_quiet(now, corp)
    if awake > now:
        return Decision("miss", "late") if timed and awake > until else Decision("defer", "quiet", awake)
    limits = _limits(step, version, seen, corp)
    fits = partial(fitting, schedule=step.schedule, version=version, corp=corp)
    if not all(allows(now) for allows in limits):
        free = (
            first_free(now, until, seen.touches, limits, fits) if timed else same_time_free(due, now, limits)
        )
        return Decision("defer", "cap", fits(free)) if free else Decision("miss", "cap")
    if seen.staff_full:
        morning = fits(next_morning(now, corp))
        return Decision("miss", "cap") if timed and morning > until else Decision("defer", "staff", morning)
    return Decision("dispatch")


def _planned(was: Enrollment, step: Step, version: Version, corp: Settings) -> datetime | None:
    """Return when a timed step was due before it was put off: its late window stays where it is (3.13)."""
    if step.key not in was.moved:
        return None
    return due_of(step, replace(was, moved={}), version, corp)


def _limits(step: Step, version: Version, seen: Seen, corp: Settings) -> list[Allows]:
    limits: list[Allows] = []
    if counts(step, version):
        limits.append(marketing_cap(seen.touches, corp))
    if step.mode == "mass":
        limits.append(mass_quota(seen.touches, corp.quota_policy))
    return limits


def counts(step: Step, version: Version) -> bool:
    """Return whether the marketing cap counts the step: service and transaction steps are exempt (3.3)."""
    return version.purpose == "marketing" and step.marketing
