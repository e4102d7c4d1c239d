"""How an enrollment moves (spec 2.3, 3.2, 3.6-3.9): each function returns the next state. Pure.

Whatever moves also says when the clock has to look again (`look_at`). Times are those of the event, not of
its processing, wherever the event has one.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from operator import attrgetter

from scrm.settings.model import Settings
from scrm.sops.enrollment import OVER, WAITS_FOR_OWNER, Enrollment, ExitWhy, Run, RunStatus
from scrm.sops.model import GATHERED, TO_DOS, Branch, Schedule, Step, Version
from scrm.sops.timing import after_done, due_of, fitting
from scrm.sops.waiting import next_wait

KEPT_RUNS = 14
"""So many runs of a step that comes again and again stay in its row; the trace tells of the others.

Of a weekly one those of 98 days: by its runs a person is found in mass sends, which are kept for 90.
"""


class NotPossible(Exception):
    """The step of the machine does not exist from here (spec 2.3): 409, nothing is written."""


def entered(start: Enrollment, version: Version, corp: Settings) -> Enrollment:
    """Return somebody who has just entered: the first step has its due; what is past is skipped.

    Of `start` who, where, why and the anchor are taken.
    """
    base = start.anchor_at if version.strategy == "timed" else start.entered_at
    there = replace(start, version=version.number, priority=version.priority, base_at=base)
    if version.strategy == "step_by_step":
        first = version.to_run[0] if version.to_run else None
        return settled(_scheduled(there, first, version, corp), version, corp, start.entered_at)
    return settled(
        skipped_past(there, version, corp, start.entered_at, "past"), version, corp, start.entered_at
    )


def dispatched(
    was: Enrollment, step: Step, version: Version, corp: Settings, now: datetime, place: str = ""
) -> Enrollment:
    """Return the enrollment with a run of `step` that waits for its evidence from `now`.

    `place` names the mass send that it has a place in, while it waits.
    """
    due = was.due_at or now
    run = Run(step.key, was.attempts(step.key) + 1, "DISPATCHED", due, now, place)
    there = replace(
        was, runs=(*was.runs, run), due_at=None, deferrals=0, reminded=0, moved=_without(was, step)
    )
    return settled(there, version, corp, now)


def ended(
    was: Enrollment,
    step: Step,
    status: RunStatus,
    at: datetime,
    version: Version,
    corp: Settings,
    *,
    why: str = "",
    result: str = "",
) -> Enrollment:
    """Return the enrollment with a step sent, missed, skipped or failed at `at`, and what follows scheduled.

    A dispatched run gets the status, and one that was taken back before its evidence came; without one a run
    is made. A result's branch decides what follows. A missed step that had been sent moves nothing: what
    follows it was scheduled when it was missed.
    """
    latest = was.latest(step.key)
    if latest and latest.status == "MISSED" and status == "SENT" and at <= latest.at:
        run = replace(latest, status=status, at=at, why=why, result=result)
        return replace(was, runs=tuple(run if each == latest else each for each in was.runs))
    if latest and (latest.status == "DISPATCHED" or _came_late(latest, status, at)):
        run = replace(latest, status=status, at=at, why=why, result=result)
        runs = tuple(run if each == latest else each for each in was.runs)
    else:
        run = Run(step.key, was.attempts(step.key) + 1, status, was.due_at or at, at, why, result)
        runs = (*was.runs, run)
    there = replace(was, runs=runs, base_at=at, deferrals=0, reminded=0, moved=_without(was, step))
    branch = step.branches.get(result) if status == "SENT" and result else None
    if branch and branch.exit and not (branch.again_days and run.attempt < branch.most):
        return exited(there, branch.exit, at)
    if version.strategy == "timed" or was.cursor != step.key:
        return settled(there, version, corp, at)
    return settled(_followed(there, step, branch, run, version, corp), version, corp, at)


def _came_late(run: Run, status: RunStatus, at: datetime) -> bool:
    """Return whether a run was taken back after it had been sent, before that was known."""
    return run.status == "CANCELLED" and status == "SENT" and at <= run.at


def deferred(was: Enrollment, step: Step, until: datetime, version: Version, corp: Settings) -> Enrollment:
    """Return the enrollment with `step` put off until then (a cap, a quota, a full day)."""
    there = replace(was, deferrals=was.deferrals + 1)
    if version.strategy == "timed":
        return settled(replace(there, moved={**was.moved, step.key: until}), version, corp, until)
    return settled(replace(there, due_at=until), version, corp, until)


def again(
    was: Enrollment, step: Step, until: datetime, version: Version, corp: Settings, why: str = ""
) -> Enrollment:
    """Return the enrollment whose run of `step` has come to nothing and is to be tried anew then."""
    runs = tuple(
        replace(each, status="CANCELLED", why=why)
        if each.step_key == step.key and each.status == "DISPATCHED"
        else each
        for each in was.runs
    )
    there = replace(was, runs=runs, cursor=step.key, due_at=until, reminded=0)
    return deferred(there, step, until, version, corp)


def waited(was: Enrollment, kind: str, version: Version, corp: Settings, now: datetime) -> Enrollment:
    """Return the enrollment after a reminder of its step has gone out; at the end see `given_up`."""
    return settled(replace(was, reminded=was.reminded + 1, nudge=kind), version, corp, now)


def given_up(was: Enrollment, step: Step, version: Version, corp: Settings, at: datetime) -> Enrollment:
    """Return what becomes of a step that waited too long at `at` (spec 3.6 `max_wait`)."""
    if version.policies.then == "skip":
        return ended(was, step, "MISSED", at, version, corp, why="waited")
    if version.policies.then == "exit":
        return exited(was, "waited", at)
    return settled(replace(was, reminded=was.reminded + 1, nudge="over"), version, corp, at)


def paused(was: Enrollment, why: str, version: Version, now: datetime) -> Enrollment:
    """Return the enrollment at rest; its open to-dos are cancelled and come again when it goes on (3.7).

    What is with WeCom already (a mass send) cannot be taken back from one customer and goes on. Raises
    NotPossible from any state but ACTIVE.
    """
    if was.status != "ACTIVE":
        raise NotPossible
    there = _back(was, version, now)
    return replace(there, status="PAUSED", why=why, look_at=None)


def resumed(was: Enrollment, version: Version, corp: Settings, now: datetime) -> Enrollment:
    """Return the enrollment going on: due = max(old due, now) inside the quiet-hour rules (3.7, SOP-22).

    Timed steps keep their dues: the late window decides. Raises NotPossible from any state but PAUSED.
    """
    if was.status != "PAUSED":
        raise NotPossible
    there = replace(was, status="ACTIVE", why="")
    step = version.step(there.cursor)
    if version.strategy == "step_by_step" and there.due_at and step and there.due_at < now:
        there = replace(there, due_at=fitting(now, step.schedule, version, corp))
    return settled(there, version, corp, now)


def exited(was: Enrollment, why: ExitWhy, now: datetime) -> Enrollment:
    """Return the enrollment left; what was open is cancelled. Raises NotPossible when it was over."""
    if not was.is_live:
        raise NotPossible
    runs = tuple(_cancelled(each, now) for each in was.runs)
    return replace(was, status="EXITED", why=why, runs=runs, ended_at=now, due_at=None, look_at=None)


def handed_over(
    was: Enrollment, owner: str, external_userid: str, version: Version, corp: Settings, now: datetime
) -> Enrollment:
    """Return the enrollment under another member; progress is kept (3.7). Open to-dos come to the new one."""
    there = replace(was, owner=owner, external_userid=external_userid)
    if was.status == "PAUSED" and was.why in WAITS_FOR_OWNER:
        return resumed(there, version, corp, now)
    if was.status == "ACTIVE" and was.owner != owner:
        there = replace(_back(was, version, now), owner=owner, external_userid=external_userid)
        return settled(resumed(replace(there, status="PAUSED"), version, corp, now), version, corp, now)
    return there


def come_back(
    was: Enrollment, owner: str, external_userid: str, version: Version, corp: Settings, now: datetime
) -> Enrollment:
    """Return an enrollment that goes on after a deletion: the next unsent step, first HH:MM ≥ now (3.8)."""
    there = replace(
        was, status="ACTIVE", why="", owner=owner, external_userid=external_userid, ended_at=None, reminded=0
    )
    if version.strategy == "timed":
        return settled(there, version, corp, now)
    step = next_of(there, version)
    if step is None:
        return settled(replace(there, cursor="", due_at=None), version, corp, now)
    due = after_done(Schedule(at=step.schedule.at), now) or now
    if step.schedule.at and due <= now:
        due = after_done(Schedule(days=1, at=step.schedule.at), now) or now
    there = replace(there, cursor=step.key, due_at=fitting(due, step.schedule, version, corp))
    return settled(there, version, corp, now)


def befriended(
    was: Enrollment, owner: str, external_userid: str, at: datetime, version: Version, corp: Settings
) -> Enrollment:
    """Return a lead's bar after it became `owner`'s friend at `at`: what waited for that is due (3.5)."""
    there = replace(was, owner=owner, external_userid=external_userid)
    step = version.step(there.cursor)
    if step is None or step.schedule.on != "added" or there.due_at or there.dispatched:
        return there
    due = fitting(max(at, there.base_at or at), step.schedule, version, corp)
    return settled(replace(there, due_at=due), version, corp, at)


def jumped(was: Enrollment, step: Step, version: Version, corp: Settings, now: datetime) -> Enrollment:
    """Return the enrollment at another of its steps, due now (a manager's jump); those before are skipped."""
    if was.status != "ACTIVE" or version.strategy == "timed":
        raise NotPossible
    if any(each.step_key == step.key for each in _back(was, version, now).dispatched):
        raise NotPossible  # WeCom has it: the customer would get it twice
    there = _passed(_back(was, version, now), step, version, now, "jumped")
    due = fitting(now, step.schedule, version, corp)
    return settled(replace(there, cursor=step.key, due_at=due), version, corp, now)


def settled(was: Enrollment, version: Version, corp: Settings, now: datetime) -> Enrollment:
    """Return the enrollment with what is next worked out: cursor, due, when to look; over when nothing is."""
    if was.status != "ACTIVE":
        return was
    if version.strategy == "timed":
        was = _earliest(_without_oldest(was, version), version, corp, now)
    if not was.cursor and not was.dispatched:
        return replace(was, status="COMPLETED", ended_at=was.base_at or now, due_at=None, look_at=None)
    return replace(was, look_at=next_look(was, version, corp))


def next_look(was: Enrollment, version: Version, corp: Settings) -> datetime | None:
    """Return when the clock has to look at it next: a due, the end of a late window, a reminder.

    A run that waits in a mass send is looked after there.
    """
    times = [was.due_at] if was.due_at else []
    for run in was.dispatched:
        step = version.step(run.step_key)
        if step is None or step.mode in GATHERED:
            continue
        if version.strategy == "timed":
            times.append(run.due + version.late(step))
        else:
            wait = next_wait(run, was.reminded, version, corp)
            times += [wait.at] if wait else []
    return min(times, default=None)


def _scheduled(was: Enrollment, step: Step | None, version: Version, corp: Settings) -> Enrollment:
    if step is None:
        return replace(was, cursor="", due_at=None)
    base = was.base_at or was.entered_at
    due = after_done(step.schedule, base)
    if step.schedule.on == "added" and was.external_userid:
        due = base
    return replace(was, cursor=step.key, due_at=fitting(due, step.schedule, version, corp) if due else None)


def _followed(
    was: Enrollment, step: Step, branch: Branch | None, run: Run, version: Version, corp: Settings
) -> Enrollment:
    """Return the enrollment with the step after `step` scheduled, by the branch of its result."""
    if branch and branch.again_days and run.attempt < branch.most:
        again_at = after_done(Schedule(days=branch.again_days, at=step.schedule.at), run.at) or run.at
        return replace(was, cursor=step.key, due_at=fitting(again_at, step.schedule, version, corp))
    if branch and branch.goto and (target := version.step(branch.goto)):
        return _scheduled(_passed(was, target, version, run.at, "branch"), target, version, corp)
    return _scheduled(was, _later(was, step.key, version), version, corp)


def _passed(was: Enrollment, target: Step, version: Version, at: datetime, why: str) -> Enrollment:
    """Return the enrollment with the undone steps before `target` skipped; what is with WeCom waits on."""
    before = version.steps[: version.place(target.key)]
    known = was.done_keys.union(each.step_key for each in was.dispatched)
    skipped = (each for each in before if each.counted and each.key not in known)
    return _with_skipped(was, skipped, at, why)


def _with_skipped(was: Enrollment, steps: Iterable[Step], at: datetime, why: str) -> Enrollment:
    runs = (Run(each.key, was.attempts(each.key) + 1, "SKIPPED", at, at, why) for each in steps)
    return replace(was, runs=(*was.runs, *runs))


def _later(was: Enrollment, step_key: str, version: Version) -> Step | None:
    """Return the first step after a key that is not over."""
    after = version.steps[version.place(step_key) + 1 :]
    return next((each for each in after if each.counted and each.key not in was.done_keys), None)


def to_next(was: Enrollment, version: Version, corp: Settings) -> Enrollment:
    """Return the enrollment with the step scheduled that follows the last that is over."""
    return _scheduled(was, next_of(was, version), version, corp)


def next_of(was: Enrollment, version: Version) -> Step | None:
    """Return the first step after the last that is over (the version's order decides which is last)."""
    over = [each.key for each in version.to_run if each.key in was.done_keys]
    if not over:
        return version.to_run[0] if version.to_run else None
    return _later(was, over[-1], version)


def _earliest(was: Enrollment, version: Version, corp: Settings, now: datetime) -> Enrollment:
    """Return a timed enrollment at its earliest step without a run; steps without a time are skipped."""
    dues: list[tuple[datetime, int, str]] = []
    for place, step in enumerate(version.to_run):
        latest = was.latest(step.key)
        if latest and latest.status == "DISPATCHED":
            continue
        if latest and latest.status in OVER and not step.schedule.cycle:
            continue
        due = due_of(step, was, version, corp)
        if due:
            dues.append((due, place, step.key))
        elif not latest:
            was = _with_skipped(was, [step], now, "past")
    if not dues:
        return replace(was, cursor="", due_at=None)
    due, _, step_key = min(dues)
    return replace(was, cursor=step_key, due_at=due)


def _without_oldest(was: Enrollment, version: Version) -> Enrollment:
    """Return a timed enrollment with the latest runs of its cyclic steps: its row grows no further."""
    cyclic = {each.key for each in version.steps if each.schedule.cycle}
    old = {
        (each.step_key, each.attempt)
        for each in was.runs
        if each.step_key in cyclic and each.status in OVER
        if each.attempt <= was.attempts(each.step_key) - KEPT_RUNS
    }
    kept = tuple(each for each in was.runs if (each.step_key, each.attempt) not in old)
    return replace(was, runs=kept) if old else was


def skipped_past(was: Enrollment, version: Version, corp: Settings, now: datetime, why: str) -> Enrollment:
    """Return a timed enrollment with the unrun steps skipped whose time was before `now`."""
    late = [
        each
        for each in version.to_run
        if not was.latest(each.key) and (due := due_of(each, was, version, corp)) and due < now
    ]
    return _with_skipped(was, late, now, why)


def _back(was: Enrollment, version: Version, now: datetime) -> Enrollment:
    """Return the enrollment with its open to-dos cancelled; the steps are to be done again at their dues."""
    open_runs = [run for run in was.dispatched if _mode_of(run, version) in TO_DOS]
    if not open_runs:
        return was
    runs = tuple(_cancelled(each, now) if each in open_runs else each for each in was.runs)
    first = min(open_runs, key=attrgetter("due"))
    there = replace(was, runs=runs, reminded=0)
    if version.strategy == "timed":
        return there
    return replace(there, cursor=first.step_key, due_at=first.due)


def _mode_of(run: Run, version: Version) -> str:
    step = version.step(run.step_key)
    return step.mode if step else "todo"


def _cancelled(run: Run, now: datetime) -> Run:
    return replace(run, status="CANCELLED", at=now) if run.status == "DISPATCHED" else run


def _without(was: Enrollment, step: Step) -> dict[str, datetime]:
    return {key: due for key, due in was.moved.items() if key != step.key}
