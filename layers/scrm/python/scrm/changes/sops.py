"""What follows from a progress bar that moved: to-dos are over, the customer's trace tells of it. Pure."""

from collections.abc import Iterator
from datetime import datetime

from scrm.changes.effects import Effect, Noted
from scrm.changes.lead_effects import ToDoOver
from scrm.changes.sop_effects import Nudged, OwnerMissing, SopEnded, StepAnswered
from scrm.sops.enrollment import OWNER_LEFT, Enrollment, Run, run_id
from scrm.tasks.model import Kind, task
from scrm.timeline.model import Entry

_KINDS: tuple[Kind, ...] = ("sop", "call")
_OVER = {"SENT": "done", "MISSED": "missed"}


def progressed(old: Enrollment | None, new: Enrollment | None) -> list[Effect]:
    """Return what follows from a bar that was entered, moved or ended; nothing when only its clock moved."""
    if new is None:
        return []
    if old is not None and old.cycle != new.cycle:
        old = None
    return [
        *_to_dos_over(old, new),
        *_strays_over(old, new),
        *_nudged(old, new),
        *_traced(old, new),
        *_ended(old, new),
        *_answered(old, new),
        *_owner_missing(old, new),
    ]


def _to_dos_over(old: Enrollment | None, new: Enrollment) -> Iterator[ToDoOver]:
    """Yield the to-dos of runs that were dispatched and are no longer; done by whoever did it before."""
    for run in old.dispatched if old else ():
        now = next((each for each in new.runs if _key(each) == _key(run)), None)
        if old and now and now.status != "DISPATCHED":
            status = _OVER.get(now.status, "cancelled")
            for task_id in _to_dos(old, run):
                yield ToDoOver(task_id, status, "system", now.at)  # type: ignore[arg-type]  # one of three


def _strays_over(old: Enrollment | None, new: Enrollment) -> Iterator[ToDoOver]:
    """Yield the to-do that a worker may have put before it was killed, of a step that is claimed no more.

    Whoever takes a bar from its due step (a pause, an end, another owner or version) does not know of it.
    Where there is none, looking for it costs 0.5 RRU for each kind.
    """
    if old is None or old.status != "ACTIVE" or old.due_at is None or not old.cursor:
        return
    if (new.status, new.owner, new.version) == ("ACTIVE", old.owner, old.version):
        return
    run = Run(old.cursor, old.attempts(old.cursor) + 1, "DISPATCHED", old.due_at, old.due_at)
    if any(_key(each) == _key(run) and each.status in {"DISPATCHED", "SENT"} for each in new.runs):
        return
    for task_id in _to_dos(old, run):
        yield ToDoOver(task_id, "cancelled", "system", new.ended_at or old.due_at)


def _nudged(old: Enrollment | None, new: Enrollment) -> Iterator[Nudged]:
    """Yield that the member who has not done a step is reminded, or their manager told (spec 3.6)."""
    if old is None or old.look_at is None or new.reminded <= old.reminded or not new.dispatched:
        return
    if new.nudge in {"remind", "escalate"}:
        yield Nudged(_to_dos(new, new.dispatched[0]), new.nudge, new.reminded, old.look_at)


def _to_dos(it: Enrollment, run: Run) -> tuple[str, ...]:
    """Return the ids that the to-do of a run may have: the bar does not know of which kind it is."""
    source = run_id(it, run.step_key, run.attempt)
    return tuple(task(kind, it.owner, run.due, source, created_at=run.at).id for kind in _KINDS)


def _traced(old: Enrollment | None, new: Enrollment) -> Iterator[Noted]:
    """Yield what the customer's trace tells: entered, each step that ended, left; named by what it is."""
    if new.subject == new.lead_id:
        return
    if old is None:
        yield _noted(new, "entered", new.entered_at, {"trigger": new.trigger})
    ended_before = {_key(each) for each in old.runs if each.status != "DISPATCHED"} if old else set()
    for run in new.runs:
        if run.status != "DISPATCHED" and _key(run) not in ended_before:
            facts = {"step": run.step_key, "status": run.status.lower(), "why": run.why, "result": run.result}
            yield _noted(new, f"{run.step_key}#{run.attempt}", run.at, {k: v for k, v in facts.items() if v})
    if new.ended_at and (old is None or old.is_live):
        yield _noted(new, new.status.lower(), new.ended_at, {"why": new.why} if new.why else {})


def _ended(old: Enrollment | None, new: Enrollment) -> Iterator[SopEnded]:
    """Yield that somebody ended with the goal or with the last step: whatever a version wants then."""
    if new.is_live or (old is not None and not old.is_live):
        return
    if new.status == "COMPLETED" or new.why == "goal":
        yield SopEnded(new)


def _answered(old: Enrollment | None, new: Enrollment) -> Iterator[StepAnswered]:
    """Yield the results that steps have got: their branches may put tags, or list a lead."""
    had = {_key(each) for each in old.runs if each.result} if old else set()
    for run in new.runs:
        if run.result and _key(run) not in had:
            yield StepAnswered(new, run.step_key, run.attempt)


def _owner_missing(old: Enrollment | None, new: Enrollment) -> Iterator[OwnerMissing]:
    """Yield that a bar rests since its member is gone."""
    if new.status == "PAUSED" and new.why == OWNER_LEFT and (old is None or old.why != OWNER_LEFT):
        yield OwnerMissing(new.owner)


def _noted(it: Enrollment, name: str, at: datetime, facts: dict[str, str]) -> Noted:
    entry_id = f"{it.sop_id}.{it.cycle}.{name}"
    told = {"sop_id": it.sop_id, "event": name.partition("#")[0], **facts}
    return Noted(it.subject, Entry(entry_id, "sop", at, it.owner or None, it.external_userid or None, told))


def _key(run: Run) -> tuple[str, int]:
    return run.step_key, run.attempt
