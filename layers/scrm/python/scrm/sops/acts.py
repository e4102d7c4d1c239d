"""What a customer does that counts for their SOPs: goals by acts, the points of nurture (spec 3.5). Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from scrm.intentions.model import begins
from scrm.leads.signals import PLACE
from scrm.sops.enrollment import Enrollment, Run
from scrm.sops.evidence import either_word
from scrm.sops.model import Goal, Step, Version
from scrm.sops.moving import exited
from scrm.timeline.model import Entry

ACTIVATED = "account"
"""The kind of an act that is no entry of a trace: an account was opened for the customer."""

_OPENED = frozenset({"link_open", "visit", "click"})
_NAMES = {"opened": "open", "clicked": "open", "replied": "reply"}
_EXPLICIT = frozenset({"form"})
"""By which a lead in nurture asks for somebody itself: its goal, whatever its points (spec 3.5)."""


@dataclass(frozen=True)
class Act:
    """Something that a customer did: an entry of their trace, or `ACTIVATED`."""

    kind: str
    at: datetime
    place: str = ""
    names: frozenset[str] = frozenset()
    explicit: bool = False


def act_of(entry: Entry) -> Act:
    """Return what an entry of a trace counts as; steps name acts as kinds of entries, or open and reply."""
    names = {entry.kind, *(["open"] if entry.kind in _OPENED else [])}
    if entry.kind == "message" and entry.facts.get("direction") == "inbound":
        names.add("reply")
    if entry.kind == "touch_result":
        names |= {_NAMES[result] for result in [entry.facts.get("result")] if result in _NAMES}
    place = str(entry.facts.get(PLACE.get(entry.kind, ""), ""))
    return Act(entry.kind, entry.at, place, frozenset(names), entry.kind in _EXPLICIT)


def activation(at: datetime) -> Act:
    """Return the act that an account was opened at `at`."""
    return Act(ACTIVATED, at, "", frozenset({ACTIVATED, "activate"}))


def asks_for(version: Version, kind: str) -> bool:
    """Return whether an act of a kind may move somebody in a version."""
    if any(_kind_of(each) == kind for each in version.goals):
        return True
    if version.subject == "lead" and kind in _EXPLICIT:
        return True
    named = {name for step in version.steps for name in step.points}
    may = {kind, *(["open"] if kind in _OPENED else []), *(["reply"] if kind == "message" else [])}
    may |= {"open", "reply"} if kind == "touch_result" else set()
    return bool(named & (may | ({"activate"} if kind == ACTIVATED else set())))


def acted(was: Enrollment, act: Act, version: Version) -> Enrollment:
    """Return somebody's bar after an act: the goal reached, points gained, or as it was.

    What happened before they entered, or when they had left, is nothing. Each step gives its points for an
    act once: the latest that had been sent by then. Repeating is safe.
    """
    if not was.is_live or act.at < was.entered_at:
        return was
    if any(_is_met(each, act) for each in version.goals) or (version.subject == "lead" and act.explicit):
        return exited(was, "goal", act.at)
    step = _by_which(was, act, version)
    if step is None:
        return was
    gained = {name: step.points[name] for name in sorted(act.names & step.points.keys())}
    for name, points in gained.items():
        was = credited(was, step.key, name, points)
    return by_points(was, version, act.at)


def with_result(was: Enrollment, step: Step, result: str, version: Version, at: datetime) -> Enrollment:
    """Return the bar with the points that a step gives for its result, and the goal where that is enough."""
    points = max((step.points.get(each, 0) for each in either_word(result)), default=0)
    return by_points(credited(was, step.key, result, points), version, at) if points else was


def credited(was: Enrollment, step_key: str, name: str, points: int) -> Enrollment:
    """Return the bar with a step's points for an act, once."""
    mark = f"{step_key}.{name}"
    if mark in was.credited:
        return was
    return replace(was, points=was.points + points, credited=(*was.credited, mark))


def by_points(was: Enrollment, version: Version, at: datetime) -> Enrollment:
    """Return the bar at its goal where its points are enough."""
    enough = any(each.kind == "points" and was.points >= each.points for each in version.goals)
    return exited(was, "goal", at) if enough and was.is_live else was


def _by_which(was: Enrollment, act: Act, version: Version) -> Step | None:
    """Return the step that an act answers: the latest sent by then that gives points for it."""
    for run in sorted(_under_way(was, act.at), key=lambda each: each.at, reverse=True):
        step = version.step(run.step_key)
        if step and act.names & step.points.keys():
            return step
    return None


def _under_way(was: Enrollment, at: datetime) -> Iterator[Run]:
    return (each for each in was.runs if each.status in {"DISPATCHED", "SENT"} and each.at <= at)


def _is_met(goal: Goal, act: Act) -> bool:
    if goal.kind != "event":
        return False
    _, _, which = goal.event.partition(":")
    return _kind_of(goal) == act.kind and begins(act.place, which)


def _kind_of(goal: Goal) -> str:
    return goal.event.partition(":")[0] if goal.kind == "event" else ""
