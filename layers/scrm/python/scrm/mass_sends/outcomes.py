"""What becomes of a customer's bar when it is known what their place in a mass send came to (spec 3.9).

Works in the customer's own message group, so that nothing else happens to the bar at the time.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from scrm.mass_sends.model import CameTo
from scrm.moments import BEIJING
from scrm.settings.dynamodb import load as load_settings
from scrm.settings.model import Settings
from scrm.sops.caps import first_free, marketing_cap, mass_quota, same_time_free
from scrm.sops.deciding import counts
from scrm.sops.dynamodb import EnrollmentChanged, enrollment, save
from scrm.sops.enrollment import Enrollment, Run
from scrm.sops.model import DAY, Step, Version
from scrm.sops.moving import again, ended, exited
from scrm.sops.running import run_due
from scrm.sops.seeing import Person, person_of
from scrm.sops.sops_dynamodb import defined
from scrm.sops.storing import ATTEMPTS, Contended
from scrm.sops.timing import fitting
from scrm.sops.touches_dynamodb import forget_touch, retime_touch, touch_name, touches_of
from scrm.staff.model import key
from scrm.telemetry import count

MOST_REFUSALS = 5
"""So often is one step asked for and refused to one customer; then it counts as missed."""
_SENT: frozenset[CameTo] = frozenset({"sent"})


def came_to(message: Mapping[str, Any], now: datetime) -> None:
    """Record what became of a place and do what is due then. Safe to repeat; raises Contended.

    4 WRU: 3 for the bar, 1 for a touch that did not come to be or came on another day.
    """
    for _ in range(ATTEMPTS):
        it = enrollment(message["subject"], message["sop_id"])
        run = _run(it, message) if it else None
        if it is None or run is None:
            return
        one = _Case(it, run, message, now)
        if one.step is None:
            return
        after = one.after()
        one.settle_touch()
        try:
            save(after, it)
        except EnrollmentChanged:
            continue
        count("sop_step", came_to=one.end, mode="mass")
        run_due(message["subject"], now)
        return
    raise Contended


def _run(it: Enrollment, message: Mapping[str, Any]) -> Run | None:
    """Return the run that waits in this mass send, None where it waits no longer."""
    run = it.latest(message["step_key"])
    fits = (
        run is not None
        and it.cycle == message["cycle"]
        and run.attempt == message["attempt"]
        and run.status == "DISPATCHED"
        and run.why == message["mass_id"]
    )
    return run if fits else None


class _Case:
    """One end of one run."""

    def __init__(self, it: Enrollment, run: Run, message: Mapping[str, Any], now: datetime) -> None:
        self.it, self.run, self.message, self.now = it, run, message, now
        self.end: CameTo = message["came_to"]
        self.at = max(datetime.fromisoformat(message["at"]), run.at)
        self.corp: Settings = load_settings()
        defined.sops()
        self.version: Version = defined.version(it.sop_id, it.version)
        self.step: Step | None = self.version.step(run.step_key)
        self.name = touch_name(it, run.step_key, run.attempt)
        self.person: Person | None = person_of(it.subject) if self.version.subject == "customer" else None

    @property
    def counted(self) -> str:
        """Return under whom the touch was counted."""
        return self.person.customer_id if self.person else self.it.subject

    def after(self) -> Enrollment:
        """Return the bar with the end recorded."""
        moves: dict[CameTo, Callable[[], Enrollment]] = {
            "sent": lambda: self._ended("SENT", self.at),
            "not_friend": self._not_friend,
            "capped": self._capped,
            "refused": lambda: self._capped() if self._are_friends() else self._not_friend(),
            "failed": self._failed,
            "late": lambda: self._ended("MISSED", self.at, "late"),
            "waited": self._waited,
            "withdrawn": self._withdrawn,
        }
        return moves[self.end]()

    def settle_touch(self) -> None:
        """Take back a touch that never was; move one to the day on which it was, where that is another."""
        if self.end not in _SENT:
            forget_touch(self.counted, self.name, self.now)
        elif self.at.astimezone(BEIJING).date() != self.run.at.astimezone(BEIJING).date():
            retime_touch(self.counted, self.name, self.at)

    def _ended(self, status: Any, at: datetime, why: str = "") -> Enrollment:
        return ended(self.it, self._step, status, at, self.version, self.corp, why=why)

    @property
    def _step(self) -> Step:
        if self.step is None:
            raise LookupError(self.run.step_key)
        return self.step

    def _are_friends(self) -> bool:
        relation = self.person.relation(self.it.external_userid, self.it.owner) if self.person else None
        return relation is not None and relation.status == "active"

    def _not_friend(self) -> Enrollment:
        """Return the bar left, or tried again under whoever has the customer by now (3.8)."""
        sender = self.message["sender"]
        if key(self.it.owner) != key(sender) and self._are_friends():
            return self._again(self.now)
        friends = self.person.friends() if self.person and self.version.policies.another_friend else []
        other = next((each for each in friends if key(each.userid) != key(sender)), None)
        if other is None:
            return exited(self.it, "lost_relation", self.now)
        self.it = replace(self.it, owner=other.userid, external_userid=other.external_userid)
        return self._again(self.now)

    def _capped(self) -> Enrollment:
        """Return the bar with the step put off to when WeCom may have room again (spec 3.3, D3).

        The first time to the next free day at the same time: its rule may differ from ours. Refused again,
        to when our own rule begins a new period. A timed step is tried inside its late window alone.
        """
        refusals = sum(1 for each in self.it.runs if each.step_key == self.run.step_key and each.why == "cap")
        until = self._free_at(periods=refusals > 0) if refusals < MOST_REFUSALS else None
        return self._again(until, "cap") if until else self._ended("MISSED", self.now, "cap")

    def _free_at(self, *, periods: bool) -> datetime | None:
        touches = touches_of(self.counted).without(self.name)
        limits = [mass_quota(touches, self.corp.quota_policy), self._not_before(periods=periods)]
        if counts(self._step, self.version):
            limits.append(marketing_cap(touches, self.corp))
        fits = partial(fitting, schedule=self._step.schedule, version=self.version, corp=self.corp)
        if self.version.strategy == "timed":
            return first_free(self.now, self.run.due + self.version.late(self._step), touches, limits, fits)
        free = same_time_free(self.run.due, self.now, limits)
        return fits(free) if free else None

    def _not_before(self, *, periods: bool) -> Callable[[datetime], bool]:
        """Return when WeCom may have room: from the next day, or from the next period of our rule."""
        there = self.now.astimezone(BEIJING)
        first = there.date() + DAY
        if periods and self.corp.quota_policy == "per_week:7":
            first = there.date() + DAY * (8 - there.isoweekday())
        elif periods and self.corp.quota_policy != "per_day:1":
            first = (there.date().replace(day=28) + 4 * DAY).replace(day=1)
        return lambda at: at.astimezone(BEIJING).date() >= first

    def _failed(self) -> Enrollment:
        if self.version.policies.on_failure == "stop":
            return exited(self.it, "failed", self.now)
        return self._ended("FAILED", self.now, self.message.get("why", ""))

    def _waited(self) -> Enrollment:
        """Return what becomes of a step that was never confirmed (3.6); WeCom has it no longer."""
        if self.version.policies.then == "exit":
            return exited(self.it, "waited", self.at)
        return self._ended("MISSED", self.at, "waited")

    def _withdrawn(self) -> Enrollment:
        return self._again(self.run.due)

    def _again(self, until: datetime, why: str = "") -> Enrollment:
        after = again(self.it, self._step, until, self.version, self.corp, why)
        return replace(after, due_at=until) if after.status != "ACTIVE" else after
