"""How to-dos look to the people who do them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from scrm.http import problems
from scrm.sops.to_do_models import ToDoStepOut
from scrm.staff.model import key
from scrm.tasks.model import Task, owner_in
from scrm.workbench.models import TaskOut


def task_out(task: Task, now: datetime, sop: ToDoStepOut | None = None) -> TaskOut:
    """Return a to-do as its owner sees it; `sop` is the step that it is of."""
    told = {**task.__dict__, "payload": dict(task.payload), "sop": sop}
    return TaskOut(task_id=task.id, overdue=task.overdue(now), **told)


def tasks_out(tasks: Sequence[Task], now: datetime) -> list[TaskOut]:
    """Return to-dos with the steps of SOPs that they are of; nothing is read where none is of any."""
    if not any(each.payload.get("step_key") for each in tasks):
        return [task_out(each, now) for each in tasks]
    from scrm.sops.to_dos import steps_of  # imported late: other to-dos need no SOPs

    steps = steps_of(tasks, now)
    return [task_out(each, now, steps.get(each.id)) for each in tasks]


def task_to_start_after(place: Mapping[str, Any] | None, me: str) -> str | None:
    """Return the to-do a cursor's content names, which must be one of the caller's own, else 422."""
    if place is None:
        return None
    task_id = str(place.get("after", ""))
    if owner_in(task_id) != key(me):
        raise problems.invalid_field("cursor", "游标不属于这个列表")
    return task_id
