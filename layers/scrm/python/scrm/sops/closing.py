"""Closing the to-dos of SOPs on evidence: a send, a phone system's word, a field that was missing (SOP-10).

A step whose fields are not known yet is not done by having been sent: its to-do keeps the time of the
evidence and is over, as of then, once they are. Every function may be repeated and come in any order.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from scrm.customers.dynamodb import Customers
from scrm.customers.whole import united
from scrm.sops.delivering import is_to_do, to_do
from scrm.sops.dynamodb import of_subject
from scrm.sops.evidence import missing
from scrm.sops.model import Step, Version
from scrm.sops.sops_dynamodb import defined
from scrm.tasks.dynamodb import DynamoTasks
from scrm.tasks.model import Task, TaskChanged, TaskClosed, TaskNotFound

ATTEMPTS = 5

customers = Customers()
tasks = DynamoTasks()


@dataclass(frozen=True)
class StepToDo:
    """The to-do of a step, with the version of the SOP that its customer is in."""

    task: Task
    version: Version
    step: Step


def step_of(task: Task) -> StepToDo | None:
    """Return the step that a to-do is of; None for one that is of no SOP. By bytes, once a version."""
    told = task.payload
    if not told.get("step_key"):
        return None
    try:
        version = defined.version(str(told["sop_id"]), int(told["version"]))
    except LookupError:
        return None
    step = version.step(str(told["step_key"]))
    return StepToDo(task, version, step) if step else None


def missing_of(of: StepToDo, result: str | None) -> tuple[str, ...]:
    """Return the fields that the customer still lacks, strongly: 1 RRU and more for who was merged.

    Nothing of a lead that is no customer yet: what is asked of them is kept where they become one.
    """
    if not of.step.requires or of.task.customer_id is None:
        return ()
    parts = customers.whole(of.task.customer_id, consistent=True)
    return missing(of.step, result, united(parts).custom_fields if parts else {})


def evidenced(
    task_id: str, at: datetime, by: str, *, send_id: str | None = None, result: str | None = None
) -> Task | None:
    """Record that a step was done at `at`; return its to-do then, None for one that is none of a SOP.

    It is over where nothing is missing; else it keeps the first evidence. What is over already stays so.
    1 WRU. Raises TaskChanged where others kept changing it.
    """
    for _ in range(ATTEMPTS):
        there = tasks.get(task_id, consistent=True)
        of = step_of(there) if there else None
        if there is None or of is None or there.status != "open":
            return there if of else None
        told_at, told_result = there.sent_at or at, result or there.result
        lacks = missing_of(of, told_result)
        if lacks and there.sent_at:
            return there
        try:
            if not lacks:
                return tasks.close(
                    task_id,
                    there.version,
                    "done",
                    by=by,
                    at=told_at,
                    result=told_result,
                    send_id=there.send_id or send_id,
                )
            # Looked at once more below: the field may have come while this was being written.
            tasks.note_sent(task_id, there.version, at, send_id=send_id, result=result)
        except TaskChanged:
            continue
        except (TaskClosed, TaskNotFound):
            return tasks.get(task_id, consistent=True)
    raise TaskChanged


def fields_recorded(customer_id: str) -> None:
    """Close what was sent and waited for a field that the customer has now. By bytes of their bars."""
    if not defined.sops():
        return
    for waiting in _waiting(customer_id):
        if waiting.sent_at:
            evidenced(waiting.id, waiting.sent_at, waiting.owner)


def _waiting(customer_id: str) -> Iterator[Task]:
    """Yield the open to-dos of a customer whose steps need fields."""
    for part in customers.whole(customer_id, consistent=True):
        for it in of_subject(part.customer_id):
            for run in it.dispatched:
                step = defined.version(it.sop_id, it.version).step(run.step_key)
                if step is None or not step.requires or not is_to_do(step):
                    continue
                there = tasks.get(to_do(it, step, run, run.at).id, consistent=True)
                if there and there.status == "open":
                    yield there
