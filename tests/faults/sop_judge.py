"""What a month of SOPs must have come to, judged by what was seen: rows that changed, to-dos, mass sends.

A model of its own: it knows the three SOPs by the specification's words and reads stored text itself; nothing
of the product's rules is asked.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

BEIJING = timezone(timedelta(hours=8))
DAY = timedelta(days=1)
LATE = timedelta(hours=6)
COLOURS = ("红", "蓝", "绿")

STEP_BY_STEP: Mapping[str, tuple[tuple[str, int, str], ...]] = {
    "A": (("A1", 0, ""), ("A2", 1, "10:00"), ("A3", 2, "20:00")),
    "C": (("C1", 2, "10:00"), ("C2", 7, "10:00")),
}
"""Steps with the days after the step before, and the time of day."""
TIMED: Mapping[str, tuple[int, str]] = {
    "B1": (0, "10:00"), "B2": (3, "20:00"), "B3": (7, "10:00"), "B4": (14, "20:00"),
}  # fmt: skip
"""Steps of B with the days after entering."""
MASS = frozenset({"C1", "C2"})
DAY_CAP, WEEK_CAP, STAFF_CAP = 1, 3, 80
Run = tuple[str, str, int, str, int]
"""Subject, SOP, cycle, step, attempt."""


class Runs(dict[Run, tuple[str, int, str]]):
    """Runs with their state, found by what they are of."""

    def __init__(self) -> None:
        super().__init__()
        self._of: dict[tuple[str, str, str], list[Run]] = defaultdict(list)

    def __setitem__(self, run: Run, state: tuple[str, int, str]) -> None:
        if run not in self:
            self._of[run[0], run[1], run[3]].append(run)
        super().__setitem__(run, state)

    def items_of(self, subject: str, sop: str, step: str) -> list[tuple[Run, tuple[str, int, str]]]:
        """Return the runs of a step of somebody, with their state."""
        return [(run, self[run]) for run in self._of[subject, sop, step]]


@dataclass
class Judge:
    """Sees every change of the table in order; `wrong` counts by guarantee, `seen` keeps a few examples."""

    wrong: Counter[str] = field(default_factory=Counter)
    seen: list[str] = field(default_factory=list)
    entered: dict[tuple[str, str], datetime] = field(default_factory=dict)
    started: dict[Run, datetime] = field(default_factory=dict)
    state: Runs = field(default_factory=Runs)
    live: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    to_dos: dict[Run, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    given: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    ticks: list[datetime] = field(default_factory=list)
    touched: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))

    def blame(self, what: str, text: str) -> None:
        """Count a wrong."""
        self.wrong[what] += 1
        if len(self.seen) < 20:
            self.seen.append(f"{what}: {text}")

    # ---------------------------------------------------------------- while it goes on

    def sees(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Take in changes of the table, as its stream tells them."""
        for each in records:
            keys, images = each["dynamodb"]["Keys"], each["dynamodb"]
            pk, place = keys["PK"]["S"], keys["SK"]["S"]
            if pk.startswith("PROGRESS#") and "NewImage" in images:
                self._bar(pk.partition("#")[2], place, images["NewImage"])
            elif place.startswith("TASK#") and "NewImage" in images:
                self._to_do(place, images["NewImage"], new="OldImage" not in images)

    def _bar(self, subject: str, place: str, image: Mapping[str, Any]) -> None:
        sop = place.split("#")[1]
        plain = json.loads(image["progress"]["S"])
        cycle = plain.get("cycle", 1)
        if cycle != 1:
            self.blame("entered_twice", f"{subject} {sop}")
        self.live[subject, sop] = plain
        for text in plain.get("runs", ()):
            step, attempt, letter, due, at, *_ = text.split("|")
            run = (subject, sop, cycle, step, int(attempt))
            before = self.state.get(run, ("", 0, ""))[0]
            self.state[run] = (letter, int(at), due)
            if letter == "D" and before not in {"", "D"}:
                self.blame("started_again", str(run))
            if letter == "D" and run not in self.started:
                self.started[run] = datetime.fromtimestamp(int(at), BEIJING)
            if letter == "S" and before == "" and not self.to_dos[run]:
                self.blame("sent_without_a_to_do", str(run))

    def _to_do(self, place: str, image: Mapping[str, Any], *, new: bool) -> None:
        if "payload" not in image or "step_key" not in image["payload"]["S"]:
            return
        told = json.loads(image["payload"]["S"])
        run = (told["subject"], told["sop_id"], told["cycle"], told["step_key"], told["attempt"])
        self.to_dos[run][place] = image["status"]["S"]
        if new:
            at = datetime.fromisoformat(image["created_at"]["S"]).astimezone(BEIJING)
            self.given[place] = (image["owner"]["S"], at)
        subject, chat = told["subject"].removeprefix("cu_"), image["external_userid"]["S"]
        same = chat == f"wm{subject}" and image["customer_id"]["S"] == told["subject"]
        if not same or told["title"] != told["step_key"]:
            self.blame("content_of_another", f"{run} in {chat}: {told['title']}")

    # ---------------------------------------------------------------- at the end

    def judged(self, expected: int, end: datetime, tasks: Iterable[Any], colours: Mapping[str, str]) -> None:
        """Judge everything that was seen by a time; `tasks` are WeCom's, `colours` what each chat is told."""
        self._once()
        self._caps()
        self._times()
        self._complete(expected, end)
        self._mass(tasks, colours)

    def _once(self) -> None:
        sent = Counter(run[:4] for run, (letter, *_) in self.state.items() if letter == "S")
        for step, number in sent.items():
            if number > 1:
                self.blame("sent_twice", str(step))
        for run in self.started:
            places = self.to_dos[run]
            kept = [place for place, status in places.items() if status != "cancelled"]
            due = 0 if run[3] in MASS or self.state[run][0] == "C" else 1
            if len(kept) != due:
                self.blame("to_dos_of_a_run", f"{run} {self.state[run]}: {places}")
        for run, places in self.to_dos.items():
            kept = [status for status in places.values() if status != "cancelled"]
            if kept and run not in self.started and self.state.get(run, ("",))[0] != "S":
                self.blame("to_dos_of_no_run", f"{run}: {places} {self.state.get(run)}")

    def _caps(self) -> None:
        for run, at in self.started.items():
            # A mass send that is called back, unconfirmed, has reached nobody.
            if self.state[run][0] != "C" and (run[3] not in MASS or self.state[run][0] in "DS"):
                self.touched[run[0]].append(at)
        for subject, times in self.touched.items():
            times.sort()
            days = Counter(each.date() for each in times)
            if max(days.values()) > DAY_CAP:
                self.blame("over_the_cap_of_a_day", f"{subject} {days}")
            for place, each in enumerate(times):
                if sum(each - 7 * DAY < other <= each for other in times[: place + 1]) > WEEK_CAP:
                    self.blame(
                        "over_the_cap_of_a_week", f"{subject} {each} of {[f'{t:%d %H:%M}' for t in times]}"
                    )
        cancelled = {
            place for places in self.to_dos.values() for place in places if places[place] == "cancelled"
        }
        members = Counter(
            (owner, at.date()) for place, (owner, at) in self.given.items() if place not in cancelled
        )
        for (owner, day), number in members.items():
            if number > STAFF_CAP:
                self.blame("over_the_cap_of_a_member", f"{owner} {day} {number}")

    def _times(self) -> None:
        for run, at in self.started.items():
            subject, sop, _, step, _ = run
            if not 9 <= at.hour < 21:
                self.blame("in_quiet_hours", f"{run} {at}")
            entered = self.entered[subject, sop]
            if sop == "B":
                due = due_in_b(step, entered)
                if not due <= at <= due + LATE:
                    self.blame("outside_the_late_window", f"{run} {at}, due {due}")
            elif at < (least := self._least(subject, sop, step, entered)):
                self.blame("too_early", f"{run} {at}, at the earliest {least}")
        for (subject, sop, _, step, _), (letter, *_) in self.state.items():
            if sop == "B" and letter == "M":
                self._missed(subject, step)

    def _missed(self, subject: str, step: str) -> None:
        """A timed step may be late only where no tick came in time that no cap stood in the way of."""
        runs = [run for run, _ in self.state.items_of(subject, "B", step)]
        text = next(each for each in self.live[subject, "B"]["runs"] if each.startswith(f"{step}|"))
        due = due_in_b(step, self.entered[subject, "B"])
        ticks = self._ticks_in(due, due + LATE - timedelta(minutes=30))
        in_time = [each for each in ticks if 9 <= each.hour < 21 and self._free(subject, each)]
        if text.endswith("|late") and not any(run in self.started for run in runs) and len(in_time) > KILLS:
            self.blame("missed_for_nothing", f"{subject} {step} due {due}, ticks {in_time[:3]}")

    def _free(self, subject: str, at: datetime) -> bool:
        """Return whether no cap of the customer's stood in the way at a time."""
        times = self.touched[subject]
        today = sum(each.date() == at.date() and each <= at for each in times)
        return today < DAY_CAP and sum(at - 7 * DAY < each <= at for each in times) < WEEK_CAP

    def _ticks_in(self, start: datetime, end: datetime) -> list[datetime]:
        from bisect import bisect_left, bisect_right

        return self.ticks[bisect_left(self.ticks, start) : bisect_right(self.ticks, end)]

    def _least(self, subject: str, sop: str, step: str, entered: datetime) -> datetime:
        """Return when a step of a step-by-step SOP may start at the earliest."""
        steps = STEP_BY_STEP[sop]
        place = next(number for number, each in enumerate(steps) if each[0] == step)
        base = entered
        if place:
            before = steps[place - 1][0]
            ends = [
                at for run, (letter, at, _) in self.state.items_of(subject, sop, before) if letter in "SMKF"
            ]
            if not ends:
                return datetime.max.replace(tzinfo=BEIJING)
            base = datetime.fromtimestamp(max(ends), BEIJING)
        _, days, clock = steps[place]
        return max(base, at_clock(base + days * DAY, clock)) if clock else base

    def _complete(self, expected: int, end: datetime) -> None:
        for _ in range(expected - len(self.live)):
            self.blame("not_entered", "")
        for (subject, sop), plain in self.live.items():
            keys = Counter(run.split("|")[0] for run in plain.get("runs", ()) if run.split("|")[2] != "C")
            steps = [each[0] for each in STEP_BY_STEP[sop]] if sop in STEP_BY_STEP else list(TIMED)
            if plain.get("status", "ACTIVE") == "COMPLETED":
                if keys != Counter(steps):
                    self.blame("steps_lost_or_doubled", f"{subject} {sop} {plain['runs']}")
            elif plain.get("status", "ACTIVE") != "ACTIVE":
                self.blame("left_for_nothing", f"{subject} {sop} {plain}")
            elif plain.get("look_at", 0) <= (end - timedelta(hours=1)).timestamp():
                self.blame("stuck", f"{subject} {sop} {plain}")

    def _mass(self, tasks: Iterable[Any], colours: Mapping[str, str]) -> None:
        arrived: Counter[tuple[str, str]] = Counter()
        for task in tasks:
            text = (task.text or {}).get("content", "")
            step, _, colour = text.partition(" ")
            for userid, part in task.members.items():
                for row in part["rows"]:
                    there = f"{userid} {row['id']}"
                    if colours.get(there) != colour or step not in MASS:
                        self.blame(
                            "content_of_another", f"{text} to {there}, who is told {colours.get(there)}"
                        )
                    arrived[row["id"], step] += row["status"] == 1
        for (chat, step), number in arrived.items():
            sent = [
                r for r, (letter, *_) in self.state.items_of(f"cu_{chat[2:]}", "C", step) if letter == "S"
            ]
            if number > 1:
                self.blame("sent_twice", f"{chat} {step} by mass send")
            if bool(number) < bool(sent):
                self.blame("said_sent_and_was_not", f"{chat} {step}")


KILLS = 6
"""So many ticks may come to nothing because a worker had been killed with the message in its hands."""


def at_clock(day: datetime, clock: str) -> datetime:
    """Return HH:MM of the Beijing day of a time."""
    hour, minute = clock.split(":")
    return day.astimezone(BEIJING).replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)


def awake(at: datetime) -> datetime:
    """Return the time, or the next 09:00 where it lies between 21:00 and 09:00."""
    there = at.astimezone(BEIJING)
    if 9 <= there.hour < 21:
        return there
    return at_clock(there + (DAY if there.hour >= 21 else 0 * DAY), "09:00")


def due_in_b(step: str, entered: datetime) -> datetime:
    """Return when a step of B is due: on its day, five minutes after entering where its time is past."""
    days, clock = TIMED[step]
    due = at_clock(entered + days * DAY, clock)
    if days == 0 and due < entered:
        due = entered + timedelta(minutes=5)
    return awake(due)


def now_of(seconds: float) -> datetime:
    """Return a time in Beijing."""
    return datetime.fromtimestamp(seconds, UTC).astimezone(BEIJING)
