"""What a SOP would ask of the corp if many customers entered it: load, caps that bind, calls. Pure.

Everybody is played as a preview plays one (scrm.sops.previewing), by the same rules, in the order in which
the tick would find them; each step is sent on time. So a member's full day puts off whom it would put off.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from scrm.moments import BEIJING
from scrm.settings.model import Settings
from scrm.sops.caps import Touches
from scrm.sops.deciding import Decision, Seen
from scrm.sops.enrollment import Enrollment
from scrm.sops.model import TO_DOS, Step, Version
from scrm.sops.moving import entered
from scrm.sops.previewing import Look, Player
from scrm.staff.model import key

IN_A_CALL = 10_000
"""So many customers one call of a mass send names at most (sheet 5)."""
MOST_MOVES = 200
BINDING = frozenset({"cap", "staff"})

Load = tuple[str, date]
"""A member, lower case, and a Beijing day."""


@dataclass(frozen=True)
class Candidate:
    """Somebody who would enter; `says` tells what a step of a mass send says to them from others' words."""

    start: Enrollment
    look: Look
    touches: Touches = field(default_factory=Touches)
    says: Callable[[Step], str] = lambda _: ""


@dataclass
class Forecast:
    """What would come of it. `held` counts by (step, why) what a cap put off, `lost` what it made miss.

    `steps` counts by (step, how its run ended), `ends` how bars ended, `calls` those of mass sends by day.
    """

    to_dos: Counter[Load] = field(default_factory=Counter)
    recipients: Counter[Load] = field(default_factory=Counter)
    calls: Counter[date] = field(default_factory=Counter)
    held: Counter[tuple[str, str]] = field(default_factory=Counter)
    lost: Counter[tuple[str, str]] = field(default_factory=Counter)
    steps: Counter[tuple[str, str]] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    last_at: datetime | None = None


def forecast(candidates: Iterable[Candidate], version: Version, corp: Settings, until: datetime) -> Forecast:
    """Return what a version asks of the corp if all of them enter; steps due after `until` are left out."""
    return _Crowd(version, corp, until).played(candidates)


class _Crowd:
    def __init__(self, version: Version, corp: Settings, until: datetime) -> None:
        self._version, self._corp, self._until = version, corp, until
        self._found = Forecast()
        self._gathers: Counter[tuple[str, str, datetime, str]] = Counter()

    def played(self, candidates: Iterable[Candidate]) -> Forecast:
        """Play everybody at once, always who is due next: by due, then id, as all have one priority."""
        players: dict[str, tuple[Candidate, Player, Enrollment]] = {}
        queue: list[tuple[datetime, str]] = []
        for each in candidates:
            it = entered(each.start, self._version, self._corp)
            player = Player(self._version, self._corp, self._full(each.look), each.touches)
            self._put(players, queue, it.subject, (each, player, it), it.entered_at)
        while queue:
            now, subject = heapq.heappop(queue)
            self._put(players, queue, subject, self._next(players[subject], now), now)
        for _, _, it in players.values():
            self._ended(it)
        for (_, _, due, _), number in self._gathers.items():
            self._found.calls[_day(due)] += -(-number // IN_A_CALL)
        return self._found

    def _put(
        self,
        players: dict[str, tuple[Candidate, Player, Enrollment]],
        queue: list[tuple[datetime, str]],
        subject: str,
        one: tuple[Candidate, Player, Enrollment],
        now: datetime,
    ) -> None:
        candidate, player, it = one
        upcoming = player.upcoming(it, now)
        if upcoming and upcoming[2] <= self._until and len(it.runs) + it.deferrals < MOST_MOVES:
            heapq.heappush(queue, (upcoming[2], subject))
            it = upcoming[0]
        players[subject] = candidate, player, it

    def _next(
        self, one: tuple[Candidate, Player, Enrollment], now: datetime
    ) -> tuple[Candidate, Player, Enrollment]:
        candidate, player, it = one
        step = self._version.step(it.cursor)
        if step is None:
            return one
        after, decision = player.moved(it, step, now)
        self._note(candidate, it, step, decision, now)
        return candidate, player, after

    def _full(self, look: Look) -> Look:
        """Return what is found of somebody, with whether their owner's day is full by then."""

        def seen(it: Enrollment, step: Step, touches: Touches, now: datetime) -> Seen:
            given = self._found.to_dos[_load(it, now)]
            full = step.mode in TO_DOS and given >= self._corp.staff_todo_cap
            return replace(look(it, step, touches, now), staff_full=full)

        return seen

    def _note(
        self, candidate: Candidate, it: Enrollment, step: Step, decision: Decision, now: datetime
    ) -> None:
        found = self._found
        if decision.kind in {"defer", "miss"} and decision.why in BINDING:
            (found.held if decision.kind == "defer" else found.lost)[step.key, decision.why] += 1
        if decision.kind != "dispatch":
            return
        found.last_at = max(found.last_at or now, now)
        if step.mode in TO_DOS:
            found.to_dos[_load(it, now)] += 1
        else:
            due = (it.due_at or now).replace(second=0, microsecond=0)
            found.recipients[_load(it, now)] += 1
            self._gathers[step.key, key(it.owner), due, candidate.says(step)] += 1

    def _ended(self, it: Enrollment) -> None:
        for run in it.runs:
            self._found.steps[run.step_key, run.status] += 1
        self._found.ends[it.why or it.status] += 1


def loads_by_day(loads: Mapping[Load, int]) -> dict[date, int]:
    """Return the sum of all members by day."""
    found: Counter[date] = Counter()
    for (_, day), number in loads.items():
        found[day] += number
    return dict(sorted(found.items()))


def _load(it: Enrollment, now: datetime) -> Load:
    return key(it.owner), _day(now)


def _day(at: datetime) -> date:
    return at.astimezone(BEIJING).date()
