"""How somebody would go through a SOP where each step is sent on time: by the rules that run it. Pure.

SOP-23: nothing is worked out here that `moving`, `timing` and `deciding` do not say; this only plays clock,
worker and a member who sends each step the moment it is due.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from scrm.settings.model import Settings
from scrm.sops.caps import Touches
from scrm.sops.deciding import Decision, Seen, counts, decide
from scrm.sops.enrollment import Enrollment, Run
from scrm.sops.model import Step, Version
from scrm.sops.moving import deferred, dispatched, ended, entered, exited

MOST_MOVES = 500
MOST_RUNS = 100
"""A step that repeats without end is shown so far."""

Look = Callable[[Enrollment, Step, Touches, datetime], Seen]
"""What would be found of somebody when a step is due, with the touches until then."""


@dataclass(frozen=True)
class Planned:
    """One run as it would be: `planned` is its first due, before caps and quiet hours put it off.

    `put_off` is what did last: "cap" the customer's or WeCom's, "staff" a member's full day, "quiet".
    """

    run: Run
    planned: datetime | None = None
    waits_for: str = ""
    put_off: str = ""


@dataclass(frozen=True)
class Journey:
    """Where somebody ends, and each run on the way, in order."""

    end: Enrollment
    steps: tuple[Planned, ...]


def anybody(_: Enrollment, __: Step, touches: Touches, ___: datetime) -> Seen:
    """Return what would be found of somebody whom every step is for."""
    return Seen(touches=touches)


def journey(start: Enrollment, version: Version, corp: Settings, look: Look, touches: Touches) -> Journey:
    """Return how somebody who enters as `start` says goes through a version; their touches are before it."""
    return Player(version, corp, look, touches).played(entered(start, version, corp))


class Player:
    """Clock, worker and member for one enrollment; `touches` grow as steps are sent."""

    def __init__(self, version: Version, corp: Settings, look: Look, touches: Touches) -> None:
        self._version, self._corp, self._look, self._touches = version, corp, look, touches
        self._first: dict[tuple[str, int], datetime] = {}
        self._waited: set[tuple[str, int]] = set()
        self._put_off: dict[tuple[str, int], str] = {}
        self._ran: dict[tuple[str, int], Run] = {}

    def played(self, it: Enrollment) -> Journey:
        """Return what becomes of an enrollment."""
        now = it.entered_at
        for _ in range(MOST_MOVES):
            upcoming = self.upcoming(it, now)
            if upcoming is None:
                break
            it, step, now = upcoming
            it, _ = self.moved(it, step, now)
        return Journey(it, tuple(self._planned(it)))

    def upcoming(self, it: Enrollment, now: datetime) -> tuple[Enrollment, Step, datetime] | None:
        """Return an enrollment with its next due, the step, and when that is done; None when nothing is."""
        step = self._version.step(it.cursor)
        if it.status != "ACTIVE" or step is None or len(self._noted(it)) >= MOST_RUNS:
            return None
        run = (step.key, it.attempts(step.key) + 1)
        if it.due_at is None:
            self._waited.add(run)
            it = replace(it, due_at=max(now, it.base_at or now))
        due = it.due_at or now
        self._first.setdefault(run, due)
        return it, step, max(now, due)

    def moved(self, it: Enrollment, step: Step, now: datetime) -> tuple[Enrollment, Decision]:
        """Return the enrollment after its step was done at a time, and what that was decided to be."""
        seen = self._look(it, step, self._touches, now)
        decision = decide(it, step, self._version, seen, self._corp, now)
        if decision.kind == "dispatch":
            return self._sent(it, step, now), decision
        return self._otherwise(it, step, decision, now), decision

    def _sent(self, it: Enrollment, step: Step, now: datetime) -> Enrollment:
        marketing, mass = counts(step, self._version), step.mode == "mass"
        if marketing or mass:
            name = f"{step.key}.{it.attempts(step.key) + 1}"
            self._touches = self._touches.with_(name, now, mass=mass, marketing=marketing)
        given = dispatched(it, step, self._version, self._corp, now)
        return ended(given, step, "SENT", now, self._version, self._corp)

    def _otherwise(self, it: Enrollment, step: Step, decision: Decision, now: datetime) -> Enrollment:
        version, corp, why = self._version, self._corp, decision.why
        if decision.kind == "defer":
            self._put_off[step.key, it.attempts(step.key) + 1] = why
            return deferred(it, step, decision.until or now, version, corp)
        if decision.kind in {"skip", "miss"}:
            status = "SKIPPED" if decision.kind == "skip" else "MISSED"
            return ended(it, step, status, now, version, corp, why=why)  # type: ignore[arg-type]  # one of two
        return exited(it, decision.exit_why if decision.kind == "exit" else "stopped", now)

    def _noted(self, it: Enrollment) -> dict[tuple[str, int], Run]:
        """Return every run so far, those that the enrollment no longer keeps, too."""
        self._ran |= {(each.step_key, each.attempt): each for each in it.runs}
        return self._ran

    def _planned(self, it: Enrollment) -> Iterator[Planned]:
        for name, run in self._noted(it).items():
            waits_for = "added" if name in self._waited else ""
            yield Planned(run, self._first.get(name), waits_for, self._put_off.get(name, ""))
