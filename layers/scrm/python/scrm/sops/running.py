"""Doing what is due of a customer's bars (spec 3.3, 3.10): looks again, claims by condition, acts, records.

Re-runnable at any line: touches, the day's places, to-dos and members of mass sends are keyed by the step run
and put first; the claim is one conditional write of the enrollment. Whoever loses it looks again.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from scrm.settings.dynamodb import load as load_settings
from scrm.settings.model import Settings
from scrm.sops import delivering
from scrm.sops.caps import Touches
from scrm.sops.deciding import Decision, Seen, counts, decide
from scrm.sops.dynamodb import EnrollmentChanged, of_subject, save
from scrm.sops.enrollment import Enrollment, Run
from scrm.sops.looking import look
from scrm.sops.model import GATHERED, Step, Version
from scrm.sops.moving import deferred, dispatched, ended, exited, given_up, paused, settled, waited
from scrm.sops.seeing import Person, applies, is_handed_over, opted_out, person_of
from scrm.sops.sops_dynamodb import defined
from scrm.sops.storing import ATTEMPTS, Contended, as_it_is
from scrm.sops.touches_dynamodb import (
    TouchesChanged,
    count_touch,
    forget_touch,
    give_place_back,
    take_place,
    touch_name,
    touches_of,
)
from scrm.sops.waiting import next_wait
from scrm.sops.welcomed import with_welcome
from scrm.telemetry import count

HELD_FOR = timedelta(minutes=30)
"""So long later a step is looked at again whose customer is about to be handed over."""
MOST_AT_ONCE = 100
"""So many things at most happen to one bar in one go: a catch-up of a timed SOP misses step after step."""


def run_due(subject: str, now: datetime) -> int:
    """Do what is due of a customer or lead by `now`, in the order of spec 3.3; return how many bars moved.

    Safe to repeat, late or twice: what was done is no longer due. A bar that cannot be moved holds up none of
    the customer's others; it is raised at the end, so that the message is delivered again.
    """
    moved, failed = 0, None
    for each in sorted(of_subject(subject), key=_order):
        if not is_due(each, now):
            continue
        try:
            moved += _keep_going(each, now)
        except Exception as error:  # noqa: BLE001  # the other SOPs of the customer are not to blame
            failed = failed or error
    if failed:
        raise failed
    return moved


def is_due(it: Enrollment, now: datetime) -> bool:
    """Return whether the clock has to look at an enrollment by `now`."""
    return it.status == "ACTIVE" and it.look_at is not None and it.look_at <= now


def _keep_going(it: Enrollment, now: datetime) -> int:
    """Move one bar until nothing of it is due; raises Contended."""
    lost = 0
    for _ in range(MOST_AT_ONCE):
        if not is_due(it, now):
            return 1
        try:
            it = _once(it, now)
        except (EnrollmentChanged, TouchesChanged):
            lost += 1
            if lost == ATTEMPTS:
                raise Contended from None
            there = as_it_is(it)
            if there is None:
                return 1
            it = there
    return 1


def _once(it: Enrollment, now: datetime) -> Enrollment:
    """Do the first thing that is due of a bar and return it as stored."""
    sop = defined.sops().get(it.sop_id)
    version, corp = defined.version(it.sop_id, it.version), load_settings()
    if (it.due_at is None or it.due_at > now) and sop is not None and sop.status == "running":
        return _overdue(it, version, corp, now)
    status = sop.status if sop and sop.status in {"running", "paused"} else "stopped"
    step = version.step(it.cursor)
    if step is None or it.due_at is None:
        step = version.to_run[0]
    person = None if it.subject == it.lead_id else person_of(it.subject)
    own = touches_of(person.customer_id if person else it.subject)
    if status == "running":
        looked = look(it, version, person, now)
        if looked != it:
            count("sop_step", came_to="looked", why=looked.why)
            return _stored(looked, it, step, person, own, now)
        if person and is_handed_over(it, person):
            # Its message is on the way, and lets the bar rest; nothing is sent meanwhile (3.7).
            count("sop_step", came_to="held")
            return _stored(replace(it, look_at=now + HELD_FOR), it, step, person, own, now)
    seen = _seen(it, step, version, person, status, own, now)
    decision = decide(it, step, version, seen, corp, now)
    if decision.kind == "dispatch":
        return _dispatch(it, step, version, person, own, corp, now)
    return _otherwise(it, step, version, decision, person, own, corp, now)


def _overdue(it: Enrollment, version: Version, corp: Settings, now: datetime) -> Enrollment:
    """Return the bar after the time of a dispatched step has passed: missed, or reminded of (spec 3.6)."""
    for run in it.dispatched:
        step = version.step(run.step_key)
        if step is None or step.mode in GATHERED:
            continue
        if version.strategy == "timed":
            until = run.due + version.late(step)
            told = delivering.evidence(it, step, run) if until <= now else None
            if told and told.sent_at:
                # It only lacks a field: what was sent in time is not missed.
                result = told.result or ""
                return save(ended(it, step, "SENT", told.sent_at, version, corp, result=result), it)
            if until <= now:
                count("sop_step", came_to="missed")
                return save(ended(it, step, "MISSED", until, version, corp, why="late"), it)
            continue
        wait = next_wait(run, it.reminded, version, corp)
        if wait and wait.at <= now:
            over = wait.kind == "over"
            after = (
                given_up(it, step, version, corp, wait.at)
                if over
                else waited(it, wait.kind, version, corp, now)
            )
            return save(after, it)
    return save(settled(it, version, corp, now), it)


def _seen(
    it: Enrollment,
    step: Step,
    version: Version,
    person: Person | None,
    status: str,
    own: Touches,
    now: datetime,
) -> Seen:
    """Return what a due step is decided by; that the bar goes on at all has been looked at before."""
    name = touch_name(it, step.key, it.attempts(step.key) + 1)
    if version.subject == "lead":
        whole = own.joined([touches_of(it.lead_id)]) if person else own
        from scrm.sops import nurturing  # with leads, which most bars do without

        return nurturing.seen(it, step, person, status, _standing(it, whole).without(name), now)
    if person is None:
        return Seen(status, friends=False)  # type: ignore[arg-type]  # one of three
    others = [each.customer_id for each in person.customer.parts if each.customer_id != person.customer_id]
    return Seen(
        status,  # type: ignore[arg-type]  # one of three
        applies=applies(step, it, person, now),
        opted_out=opted_out(person, now),
        touches=_standing(it, own.joined(map(touches_of, others))).without(name),
    )


def _standing(it: Enrollment, found: Touches) -> Touches:
    """Return when a customer was marketed to; a run that was called off before it was sent is none."""
    for run in it.runs:
        if run.status == "CANCELLED":
            found = found.without(touch_name(it, run.step_key, run.attempt))
    return found


def _dispatch(
    it: Enrollment,
    step: Step,
    version: Version,
    person: Person | None,
    own: Touches,
    corp: Settings,
    now: datetime,
) -> Enrollment:
    """Count, put what the step makes, claim: in this order, each keyed by the run.

    What is counted is counted over the touches that were decided by: another of these since then, from
    whichever queue, and it is decided anew.
    """
    run = Run(step.key, it.attempts(step.key) + 1, "DISPATCHED", it.due_at or now, now)
    name = touch_name(it, run.step_key, run.attempt)
    counted = person.customer_id if person else it.subject
    if counts(step, version) or step.mode == "mass":
        mass, marketing = step.mode == "mass", counts(step, version)
        count_touch(counted, own, name, now, mass=mass, marketing=marketing)
    if delivering.is_to_do(step) and not take_place(
        it.owner, f"{it.enrollment_id}#{name}", corp.staff_todo_cap, now
    ):
        full = decide(it, step, version, Seen(staff_full=True), corp, now)
        return _otherwise(it, step, version, full, person, touches_of(counted), corp, now)
    place = delivering.put(it, step, run, version, person, now)
    relation = person.relation(it.external_userid, it.owner) if person else None
    after = dispatched(with_welcome(it, version, relation), step, version, corp, now, place)
    try:
        stored = save(after, it)
    except EnrollmentChanged:
        _take_back(it, step, run, counted, name, now)
        raise
    count("sop_step", came_to="dispatched", mode=step.mode)
    return stored


def _otherwise(
    it: Enrollment,
    step: Step,
    version: Version,
    decision: Decision,
    person: Person | None,
    own: Touches,
    corp: Settings,
    now: datetime,
) -> Enrollment:
    """Record what a due step came to that is not dispatched; what a killed run had put is taken back."""
    moves: dict[str, Callable[[], Enrollment]] = {
        "exit": lambda: exited(it, decision.exit_why, now),
        "pause": lambda: paused(it, decision.why, version, now),
        "skip": lambda: ended(it, step, "SKIPPED", now, version, corp, why=decision.why),
        "miss": lambda: ended(it, step, "MISSED", now, version, corp, why=decision.why),
        "defer": lambda: deferred(it, step, decision.until or now, version, corp),
        "wait": lambda: replace(it, look_at=None),
    }
    count("sop_step", came_to=decision.kind, why=decision.why)
    return _stored(moves[decision.kind](), it, step, person, own, now)


def _stored(
    after: Enrollment, it: Enrollment, step: Step, person: Person | None, own: Touches, now: datetime
) -> Enrollment:
    """Store what a due step came to otherwise; what a killed run had put is taken back."""
    stored = save(after, it)
    run = Run(step.key, it.attempts(step.key) + 1, "DISPATCHED", it.due_at or now, now)
    name = touch_name(it, run.step_key, run.attempt)
    if name in own.at or name in own.mass:
        forget_touch(person.customer_id if person else it.subject, name, now)
    delivering.cancel_stray(it, step, run, now)
    return stored


def _take_back(it: Enrollment, step: Step, run: Run, counted: str, name: str, now: datetime) -> None:
    """Take back what was put for a claim that was lost, unless another worker has won it for the run."""
    there = as_it_is(it)
    won = there.latest(run.step_key) if there else None
    if won and won.attempt == run.attempt and won.status in {"DISPATCHED", "SENT"}:
        return
    forget_touch(counted, name, now)
    if delivering.is_to_do(step):
        give_place_back(it.owner, f"{it.enrollment_id}#{name}", now)
    delivering.cancel_stray(it, step, run, now)


def _order(it: Enrollment) -> tuple[int, float, str]:
    due = it.due_at or it.look_at
    return it.priority, due.timestamp() if due else 0.0, it.enrollment_id
