"""R2: every handler is killed at every step, done again, and must leave what an undisturbed run leaves.

A step is a moment before or after a write to a table, a send to a queue or a call to WeCom. A killed process
does nothing more, forgets what it had in memory, and its message is delivered again.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.bench.bars import Options, Result, exactly, progress
from tests.doubles.bundle import Bundle, Died
from tests.doubles.cloud import Call
from tests.doubles.dynamodb import WRITES
from tests.faults.scenarios import SCENARIOS, Scenario
from tests.faults.sop_scenarios import SOPS

# What counts how often something was tried, and when, rather than where it ended.
TRIES = {
    "version",
    "revision",
    "updated_at",
    "failures",
    "window",
    "detail_at",
    "settled_at",
    "since",
    "msgid",
}
# When and how often a mass send of a SOP was asked for, and how often it was looked at.
TRIES |= {"asked_at", "closed_at", "tries", "looks", "polls", "poll_at", "look_at", "waiting_from", "base_at"}
TRIES |= {
    "basis",
    "made_at",
    "moved_at",
    "created_at",
    "expires_at",
    "at",
    "took_ms",
    "started_at",
    "finished_at",
    "due_sk",
}


def is_step(call: Call) -> bool:
    """Return whether the call changes something, or asks WeCom."""
    return call.service == "wecom" or call.operation in WRITES or call.operation.startswith("SendMessage")


@dataclass
class Killer:
    """Kills the running process at one step, once; `at` 0 kills nobody and only counts."""

    at: int = 0
    steps: int = 0
    fatal: str = ""
    dead: bool = False
    names: list[str] = field(default_factory=list)

    def before(self, call: Call) -> None:
        self._step(call, "before")

    def after(self, call: Call) -> None:
        self._step(call, "after")

    def _step(self, call: Call, when: str) -> None:
        if self.dead:
            raise Died
        if not is_step(call):
            return
        self.steps += 1
        if self.steps == self.at:
            self.dead = True
            self.fatal = f"{when} {call.operation}"
            raise Died

    def revive(self) -> None:
        self.dead = False

    @contextmanager
    def loose_in(self, bundle: Bundle) -> Iterator[None]:
        """Let the killer watch the bundle while the block runs."""
        bundle.cloud.before.append(self.before)
        bundle.cloud.after.append(self.after)
        bundle.on_death.append(self.revive)
        try:
            yield
        finally:
            bundle.cloud.before.remove(self.before)
            bundle.cloud.after.remove(self.after)
            bundle.on_death.remove(self.revive)


def outcome(bundle: Bundle) -> dict[str, Any]:
    """Return what is left: rows without their tries, what reached customers and members, queues."""
    rows: dict[str, list[Any]] = {}
    for row in bundle.rows():
        if row["PK"] != "AUDIT":
            rows.setdefault(_place(row), []).append(_plain(row))
    left: dict[str, Any] = {"rows": rows, "waiting": bundle.waiting(), "audited": audited(bundle)}
    if bundle.wecom is not None:
        left |= reached(bundle)
    return left


def _place(row: dict[str, Any]) -> str:
    """Return a row's key; when a timeline entry or a notice was made, and over which version, is a try."""
    if row["PK"].startswith("TIMELINE#"):
        row["SK"] = re.sub(r"#\d+$", "", row["SK"].partition("#")[2])
    if row["SK"].startswith("NOTICE#"):
        row["SK"] = _untimed(row["SK"])
    return f"{row['PK']} {row['SK']}"


def _untimed(name: str) -> str:
    """Return the name of a notice without when it was made, the run of a step without when we did it."""
    name = re.sub(r"\d{8}T\d{6}Z-(?=[0-9a-f]{16})", "", name)
    return re.sub(r"(\|\d+\|[A-Z]\|\d+)\|\d+", r"\1", name)


def audited(bundle: Bundle) -> list[str]:
    """Return what the audit log speaks of; a repeated request is one line more, on the same subject."""
    lines = [row for row in bundle.rows("AUDIT") if row["SK"] != "HEAD" and row["action"] != "request"]
    return sorted({f"{row['actor']} {row['subject']}" for row in lines})


def reached(bundle: Bundle) -> dict[str, Any]:
    """Return what people see: welcomes, tags and remarks, messages, codes."""
    world = bundle.wecom.world
    return {
        "welcomes": Counter(code.external_userid for code in world.welcome_codes.values() if code.sent_at),
        "tags": {f"{each.userid}/{each.external_userid}": sorted(each.tags) for each in _relations(world)},
        "remarks": {f"{each.userid}/{each.external_userid}": each.remark for each in _relations(world)},
        "messages": Counter(each.userid for each in world.messages if each.outcome == "delivered"),
        "ways": sorted(way.state for way in world.contact_ways.values()),
    }


def _relations(world: Any) -> list[Any]:
    return list(world.relations.values())


def _plain(value: Any) -> Any:
    """Return a value without its tries; JSON kept as text is read."""
    if isinstance(value, str) and value[:1] in {"{", "["}:
        try:
            return _plain(json.loads(value))
        except ValueError:
            return value
    if isinstance(value, dict):
        return {name: _plain(_rough(name, each)) for name, each in value.items() if name not in TRIES}
    if isinstance(value, set):
        return sorted(value)
    if isinstance(value, str):
        return _untimed(value)
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _rough(name: str, value: Any) -> Any:
    """Return when a step of a SOP is due to the hour, of touches whose they are: they tell when we did it."""
    if name == "mass" and isinstance(value, dict | str):
        return sorted(json.loads(value) if isinstance(value, str) else value)
    return value // 3600 if name == "due_at" and isinstance(value, int) else value


def differences(found: Any, expected: Any, place: str = "") -> list[str]:
    """Return where two outcomes differ, a line each."""
    if isinstance(found, dict) and isinstance(expected, dict):
        names = sorted(found.keys() | expected.keys())
        parts = (differences(found.get(name), expected.get(name), f"{place}/{name}") for name in names)
        return [line for part in parts for line in part]
    return [] if found == expected else [f"{place}: {found!r}, undisturbed {expected!r}"]


def run(scenario: Scenario, at: int) -> tuple[dict[str, Any], Killer]:
    """Return what a scenario leaves when its process is killed at step `at`."""
    bundle, killer = Bundle(), Killer(at)
    with bundle.running("fast"):
        act = scenario(bundle)
        with killer.loose_in(bundle):
            act()
        return outcome(bundle), killer


def survived(name: str, scenario: Scenario) -> tuple[int, dict[str, list[str]]]:
    """Return how many steps there were and, for each that left another state, the differences."""
    expected, undisturbed = run(scenario, 0)
    if expected["waiting"]:
        raise AssertionError(f"{name} leaves messages even undisturbed: {expected['waiting']}")
    different: dict[str, list[str]] = {}
    for at in range(1, undisturbed.steps + 1):
        found, killer = run(scenario, at)
        if not killer.fatal:
            break  # steps that depend on real threads or ids may be fewer the second time
        if lines := differences(found, expected):
            different[f"{at} {killer.fatal}"] = lines
    return undisturbed.steps, different


def aborted(options: Options, scenarios: dict[str, Scenario] | None = None) -> list[Result]:
    """R2: killed at every step of every handler, then run again."""
    steps = 0
    failed: dict[str, dict[str, list[str]]] = {}
    for name, scenario in (scenarios or SCENARIOS | SOPS).items():
        taken, different = survived(name, scenario)
        progress(f"R2 {name}: {taken} steps, {len(different)} ended otherwise")
        steps += taken
        if different:
            failed[name] = different
    count = sum(map(len, failed.values()))
    return [exactly("R2", "aborts_that_change_the_end", count, 0, f" of {steps:,}", failed=failed)]


Act = Callable[[], None]
