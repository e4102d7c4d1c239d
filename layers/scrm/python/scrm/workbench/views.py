"""How to-dos look to the people who do them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from scrm.http import problems
from scrm.staff.model import key
from scrm.tasks.model import Task, owner_in
from scrm.workbench.models import TaskOut


def task_out(task: Task, now: datetime) -> TaskOut:
    """Return a to-do as its owner sees it."""
    return TaskOut(
        task_id=task.id, overdue=task.overdue(now), **{**task.__dict__, "payload": dict(task.payload)}
    )


def task_to_start_after(place: Mapping[str, Any] | None, me: str) -> str | None:
    """Return the to-do a cursor's content names, which must be one of the caller's own, else 422."""
    if place is None:
        return None
    task_id = str(place.get("after", ""))
    if owner_in(task_id) != key(me):
        raise problems.invalid_field("cursor", "游标不属于这个列表")
    return task_id
