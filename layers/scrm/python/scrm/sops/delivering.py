"""What a dispatched step makes, by its mode: a to-do for the owner, a place in a mass send (spec 3.9).

Each is keyed by the step run and put only where it is not there, before the run is claimed.
"""

from datetime import datetime
from importlib import import_module

from scrm.sops.enrollment import Enrollment, Run, run_id
from scrm.sops.model import TO_DOS, Step, Version
from scrm.sops.seeing import Person
from scrm.tasks.dynamodb import DynamoTasks
from scrm.tasks.model import Task, TaskChanged, TaskClosed, task

tasks = DynamoTasks()

_TASKS = {"todo": "sop", "call": "call"}


def is_to_do(step: Step) -> bool:
    """Return whether the step is something that a member has to do themselves."""
    return step.mode in TO_DOS


def put(it: Enrollment, step: Step, run: Run, version: Version, person: Person | None, now: datetime) -> str:
    """Put what the run makes, where it is not there already. 1 WRU. Safe to repeat.

    Returns the id of the mass send in which the run has a place, "" for a to-do.
    """
    if is_to_do(step):
        tasks.open(to_do(it, step, run, now))
        return ""
    place: str = import_module("scrm.mass_sends.sending").gather(it, step, run, version, person, now)
    return place


def to_do(it: Enrollment, step: Step, run: Run, now: datetime) -> Task:
    """Return the to-do of a run: the same for the same run, whenever it is asked for."""
    return task(
        _TASKS[step.mode],  # type: ignore[arg-type]  # both are kinds of tasks
        it.owner,
        run.due,
        run_id(it, run.step_key, run.attempt),
        created_at=now,
        external_userid=it.external_userid or None,
        customer_id=None if it.lead_id == it.subject else it.subject,
        payload={
            "sop_id": it.sop_id,
            "subject": it.subject,
            "cycle": it.cycle,
            "version": it.version,
            "step_key": run.step_key,
            "attempt": run.attempt,
            "title": step.title,
            **({"lead_id": it.lead_id} if it.lead_id else {}),
        },
    )


def evidence(it: Enrollment, step: Step, run: Run) -> Task | None:
    """Return the to-do of a run that was sent and waits for a field; None for every other. 1 RRU at most."""
    if not step.requires or not is_to_do(step):
        return None
    there = tasks.get(to_do(it, step, run, run.at).id, consistent=True)
    return there if there and there.status == "open" and there.sent_at else None


def cancel_stray(it: Enrollment, step: Step, run: Run, now: datetime) -> None:
    """Cancel the to-do of a run that was put and never claimed. 0.5 RRU, 1 WRU where there is one."""
    if not is_to_do(step):
        return
    there = tasks.get(to_do(it, step, run, now).id)
    if there is None or there.status != "open":
        return
    try:
        tasks.close(there.id, there.version, "cancelled", by="system", at=now)
    except (TaskChanged, TaskClosed):
        return
