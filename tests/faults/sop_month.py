"""SM: a month of three SOPs for 10,000 customers while ticks, workers, members and WeCom do as they please.

python -m tests.faults SM --scale=0.01
"""

from __future__ import annotations

import heapq
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.bench.bars import Options, Result, exactly, progress
from tests.bench.sop_corp import SopCorp
from tests.doubles.bundle import START, Bundle, Died, consumers
from tests.doubles.cloud import Call
from tests.doubles.dynamodb import WRITES
from tests.faults.sop_judge import COLOURS, STEP_BY_STEP, TIMED, Judge, now_of

CUSTOMERS, DAYS, ENTERING = 10_000, 30, 10
TO_A_MEMBER = 100
KILLED, TWO_AT_ONCE = 1 / 600, 1 / 60
FAULTY = 0.2
FAULTS: tuple[dict[str, Any], ...] = (
    {"what": "errcode", "errcode": -1},
    {"what": "errcode", "errcode": 42001},
    {"what": "errcode", "errcode": 40014},
    {"what": "timeout", "seconds": 5},
    {"what": "reset"},
    {"what": "http500"},
    {"what": "html"},
    {"what": "unknown_outcome"},
)
OUTAGES = ((timedelta(days=4), timedelta(hours=6)), (timedelta(days=11, hours=6), timedelta(hours=6)))
"""When after 10:15 of the first day no tick came, and for how long."""
JUDGED = (
    "entered_twice", "not_entered", "started_again", "sent_twice", "sent_without_a_to_do", "to_dos_of_a_run",
    "to_dos_of_no_run", "steps_lost_or_doubled", "stuck", "left_for_nothing", "said_sent_and_was_not",
    "content_of_another", "over_the_cap_of_a_day", "over_the_cap_of_a_week", "over_the_cap_of_a_member",
    "in_quiet_hours", "outside_the_late_window", "too_early", "missed_for_nothing", "dead_letters",
)  # fmt: skip


def month(options: Options) -> list[Result]:
    """Three SOPs of 10,000 customers for thirty days; every wrong is counted by what it breaks."""
    seed = options.seeds[0]
    found = lived(seed, options.scaled(CUSTOMERS), DAYS)
    started = len(found.judge.started)
    progress(f"SM seed {seed}: {found.told()}")
    for each in found.judge.seen:
        progress(f"SM {each}")
    return [exactly("SM", name, found.judge.wrong[name], 0, f" of {started:,} runs") for name in JUDGED]


@dataclass
class Trouble:
    """Kills workers at random writes, and lets a second worker do the same messages in the middle of it."""

    bundle: Bundle
    dice: random.Random
    share: float = 1.0
    kills: int = 0
    doubles: int = 0
    _dead: bool = False
    _event: Any = None
    _within: bool = False

    def before(self, call: Call) -> None:
        """Kill, or let another worker be quicker, before a write."""
        self._step(call)
        is_claim = call.operation == "PutItem" and "PROGRESS#" in str(call.request.get("Item", {}).get("PK"))
        if is_claim and self._event and not self._within and self._strikes(TWO_AT_ONCE):
            self._within, self.doubles = True, self.doubles + 1
            try:
                self.bundle.app("run_sop_step").handler(self._event, _context())
            finally:
                self._within = False

    def after(self, call: Call) -> None:
        """Kill after a write."""
        self._step(call)

    def _step(self, call: Call) -> None:
        if self._dead:
            raise Died
        writes = call.operation in WRITES or call.operation.startswith("SendMessage")
        if writes and not self._within and self._strikes(KILLED):
            self._dead, self.kills = True, self.kills + 1
            raise Died

    def _strikes(self, chance: float) -> bool:
        return self.dice.random() < chance * self.share

    def revived(self) -> None:
        """Another worker begins."""
        self._dead = self._within = False

    @contextmanager
    def loose(self) -> Iterator[None]:
        """Let it out while the block runs."""
        cloud, invoke = self.bundle.cloud, self.bundle.invoke

        def watched(function: str, event: dict[str, Any]) -> Any:
            self._event = event if function == "run_sop_step" else None
            return invoke(function, event)

        cloud.before.append(self.before)
        cloud.after.append(self.after)
        self.bundle.on_death.append(self.revived)
        self.bundle.invoke = watched  # type: ignore[method-assign]
        try:
            yield
        finally:
            self.bundle.invoke = invoke  # type: ignore[method-assign]
            self.bundle.on_death.remove(self.revived)
            cloud.before.remove(self.before)
            cloud.after.remove(self.after)


def _context() -> Any:
    from tests.doubles.bundle import CONTEXT

    return CONTEXT


@dataclass
class Month:
    """A corp, its clock, and what its members are about to do."""

    corp: SopCorp
    dice: random.Random
    judge: Judge
    trouble: Trouble
    plans: list[tuple[float, int, str, str]] = field(default_factory=list)
    entries: list[tuple[float, int]] = field(default_factory=list)
    told_of: set[str] = field(default_factory=set)
    colours: dict[str, str] = field(default_factory=dict)
    ticks: Counter[str] = field(default_factory=Counter)
    behind: dict[str, Any] = field(default_factory=consumers)

    @property
    def bundle(self) -> Bundle:
        """Return everything deployed."""
        return self.corp.bundle

    def told(self) -> str:
        """Return what was lived through, in words."""
        letters = Counter(letter for letter, *_ in self.judge.state.values())
        outcomes = self.bundle.wecom.calls.outcomes
        faulty = sum(number for name, number in outcomes.items() if name not in {"ok", "answered", "0"})
        return (
            f"{len(self.judge.started):,} runs started, {dict(letters)}, {self.trouble.kills} kills, "
            f"{self.trouble.doubles} second workers, ticks {dict(self.ticks)}, "
            f"{sum(outcomes.values()):,} calls to WeCom ({faulty:,} answered badly), {+self.judge.wrong}"
        )

    # ---------------------------------------------------------------- people

    def befriend(self, place: int) -> None:
        """Let a customer become a member's friend and enter, as the stream would tell it."""
        from scrm.sops.queueing import tell

        customer_id, now = f"cu_{place:07}", self.bundle.time.now()
        colour, there, owner = COLOURS[place % 3], self.corp.chat_of(customer_id), self.corp.owner(place)
        self.corp.person(customer_id, place, remark=colour)
        self.bundle.wecom.people.scan(userid=owner, external_userid=there)
        self.bundle.wecom.callbacks.take()
        self.colours[f"{owner} {there}"] = colour
        for sop in "ABC":
            self.judge.entered[customer_id, sop] = now_of(self.bundle.time.seconds)
        at = now.isoformat()
        facts = {"trigger": "added", "ids": [], "at": at, "owner": owner, "external_userid": there}
        tell(customer_id, "enter", at, facts)

    def look_out(self) -> None:
        """Let members plan when they do what they were newly given."""
        now = self.bundle.time.seconds
        for place, status in list(self._new_to_dos()):
            if status == "open":
                self._plan(now, "do", place)
        for msgid in sorted(self.bundle.wecom.world.mass_tasks.keys() - self.told_of):
            self.told_of.add(msgid)
            self._plan(now, "confirm", msgid)

    def _new_to_dos(self) -> Iterator[tuple[str, str]]:
        for record in self._fresh:
            keys, images = record["dynamodb"]["Keys"], record["dynamodb"]
            if keys["SK"]["S"].startswith("TASK#") and "OldImage" not in images:
                yield keys["SK"]["S"].removeprefix("TASK#"), images["NewImage"]["status"]["S"]

    def _plan(self, now: float, what: str, name: str) -> None:
        chance = self.dice.random()
        if chance < 0.08:
            return  # never
        hours = self.dice.expovariate(1 / 2) if chance < 0.85 else self.dice.uniform(6, 40)
        heapq.heappush(self.plans, (now + hours * 3600, len(self.plans), what, name))

    def act(self) -> None:
        """Let members do what they have planned until now."""
        from scrm.tasks.dynamodb import DynamoTasks
        from wecom_simulator.acts import mass_send_confirmed

        tasks, now = DynamoTasks(), self.bundle.time.now()
        while self.plans and self.plans[0][0] <= self.bundle.time.seconds:
            _, _, what, name = heapq.heappop(self.plans)
            if what == "confirm":
                if not self.bundle.wecom.world.mass_tasks[name].cancelled:
                    mass_send_confirmed(self.bundle.wecom, msgid=name)
                continue
            there = tasks.get(name, consistent=True)
            if there and there.status == "open":
                tasks.close(there.id, there.version, "done", by=there.owner, at=now)

    # ---------------------------------------------------------------- time

    def minute(self, moment: datetime) -> None:
        """Live through one moment: who comes, what members do, the tick, and all that follows."""
        self.bundle.time.seconds = moment.timestamp()
        while self.entries and self.entries[-1][0] <= self.bundle.time.seconds:
            self.befriend(self.entries.pop()[1])
        self.act()
        with self.trouble.loose():
            self._tick(moment)
            self._work()
        self._seen()
        self.bundle.wecom.callbacks.take()

    def _tick(self, moment: datetime) -> None:
        chance, since = self.dice.random(), moment - now_of(START)
        if any(start <= since < start + length for start, length in OUTAGES) or chance < 0.03:
            self.ticks["missed"] += 1
            return
        event = {"time": (moment - timedelta(minutes=10 if chance > 0.97 else 0)).isoformat()}
        kind = "late" if chance > 0.97 else "doubled" if chance < 0.1 else "in_time"
        self.ticks[kind] += 1
        try:
            self.bundle.invoke("start_due_steps", event)
            if kind == "doubled":
                # Past the queue's own five minutes: the second of two ticks brings every message once more.
                self.bundle.cloud.queues.queues["SopSteps"].recent.clear()
                self.bundle.invoke("start_due_steps", event)
        except Exception:  # noqa: BLE001  # the schedule asks again within the minute
            self.bundle.invoke("start_due_steps", event)
        self.judge.ticks.append(moment)

    def _work(self) -> None:
        """Work until nothing is visible; what a killed worker held comes back after its time."""
        while True:
            moved = sum(self.bundle.work(queue, each, patient=True) for queue, each in self.behind.items())
            if not moved + self.bundle.react():
                return

    def _seen(self) -> None:
        """Show the judge what has changed, let members see it, and forget it."""
        bundle = self.bundle
        done = min(bundle._stream_at.values(), default=0)
        self._fresh: Sequence[Any] = bundle.cloud.store.stream[:done]
        self.judge.sees(self._fresh)
        self.look_out()
        del bundle.cloud.store.stream[:done]
        for function in bundle._stream_at:
            bundle._stream_at[function] -= done


def versions() -> list[Any]:
    """Return the three SOPs, as defined."""
    from scrm.sops.model import Policies, Schedule, Step, Trigger, Version

    added = (Trigger("added"),)
    bears = Policies(max_wait_days=2, then="skip")
    in_a, in_c = STEP_BY_STEP["A"], STEP_BY_STEP["C"]

    def step(key: str, days: int, clock: str, mode: Any = "todo") -> Step:
        return Step(key, key, mode, Schedule(days, at=clock))

    return [
        Version("A", 1, "A", "step_by_step", priority=10, triggers=added, policies=bears,
                steps=tuple(step(*each) for each in in_a)),
        Version("B", 1, "B", "timed", priority=30, triggers=added,
                steps=tuple(step(key, *due) for key, due in TIMED.items())),
        Version("C", 1, "C", "step_by_step", priority=20, triggers=added, policies=bears,
                steps=tuple(step(*each, "mass") for each in in_c)),
    ]  # fmt: skip


def contents(version: Any) -> dict[str, Any]:
    """Return what the steps of a mass send say: its name and the customer's colour."""
    return {
        each.key: {"parts": [{"kind": "text", "text": each.key + " {remark}"}], "revision": 1}
        for each in version.steps
        if each.mode == "mass"
    }


def lived(seed: int, customers: int, days: int, share: float = 1.0) -> Month:
    """Live through so many days with so many customers; return them, judged."""
    bundle, dice = Bundle(seed=f"month{seed}"), random.Random(seed)
    with bundle.running("fast"):
        corp = SopCorp(bundle, members=max(2, customers // TO_A_MEMBER))
        _employ(bundle, corp.members)
        for each in versions():
            corp.define(each, contents=contents(each))
        found = Month(corp, dice, Judge(), Trouble(bundle, dice, share))
        found.entries = sorted(
            ((START + 86_400 * dice.randrange(min(ENTERING, days // 2)) + dice.uniform(0, 36_000), place)
             for place in range(customers)), reverse=True,
        )  # fmt: skip
        for kind in FAULTS:
            bundle.wecom.faults.add(
                {"endpoint": "*", "count": 0, "rate": FAULTY * share / len(FAULTS), **kind}
            )
        for moment in moments(days):
            found.minute(moment)
            if moment.hour == 12 and moment.minute == 0 and customers >= 1000:
                progress(f"SM {moment:%m-%d}: {found.told()}")
        _end(found, days)
        dead = sum(number for queue, number in bundle.waiting().items() if queue == "SopStepsDead")
        found.judge.wrong["dead_letters"] += dead
        found.judge.judged(
            3 * customers, now_of(bundle.time.seconds), bundle.wecom.world.mass_tasks.values(), found.colours
        )
    return found


def _employ(bundle: Bundle, members: Sequence[str]) -> None:
    from wecom_simulator.model import Staff

    for each in members:
        bundle.wecom.world.staff[each] = Staff(each, each, [1])


def moments(days: int) -> Iterator[datetime]:
    """Yield when something may happen: every five minutes of the day, every hour of the night."""
    moment, end = now_of(START), now_of(START) + timedelta(days=days)
    while moment < end:
        yield moment
        by_day = 8 <= moment.hour < 22
        moment += timedelta(minutes=5 if by_day else 60 - moment.minute)


def _end(found: Month, days: int) -> None:
    """Let an untroubled hour follow in the morning: what was being tried again is done then."""
    found.trouble.share = 0.0
    found.bundle.wecom.faults.clear()
    morning = now_of(START) + timedelta(days=days, hours=1)
    for minutes in range(0, 120, 7):
        found.minute(morning + timedelta(minutes=minutes))
