"""What follows from a task: its owner is told when it is due (NTF-02), its customer was followed up. Pure."""

from scrm.changes.effects import Effect, FollowedUp, HandoverWentOn, Told
from scrm.changes.sop_effects import SopHappened
from scrm.notices.model import notice
from scrm.tasks.model import Task


def task_changed(old: Task | None, new: Task | None) -> list[Effect]:
    """Return what follows from a task that was opened, or from a 跟进 that was done."""
    if new is None:
        return []
    if old is None:
        return [*task_opened(new)]
    if new.payload.get("step_key") and new.status == "done" and old.status != "done":
        return [*_step_done(new)]
    done = new.kind == "follow" and new.status == "done" and old.status != "done"
    if done and new.customer_id and new.closed_at:
        return [FollowedUp(new.customer_id, new.closed_by or new.owner, new.closed_at)]
    if new.status == "done" and old.status != "done" and new.payload.get("handover") and new.closed_at:
        number = int(new.payload["step"]) + 1
        return [HandoverWentOn(str(new.payload["handover"]), number, new.closed_at)]
    return []


def _step_done(task: Task) -> list[Effect]:
    """Return that the step of a SOP has its evidence: its to-do was done, with a call's result."""
    told = task.payload
    facts = {
        **{name: told[name] for name in ("sop_id", "cycle", "step_key", "attempt")},
        "at": (task.closed_at or task.due).isoformat(),
        "by": task.closed_by or task.owner,
        "result": str(task.result or ""),
    }
    return [SopHappened(str(told["subject"]), "done", task.id, facts)]


def task_opened(task: Task) -> list[Told]:
    """Return the notice that waits until the task is due.

    The first follow-up of a new customer has none: the member has just been told of the customer.
    """
    if task.status != "open" or task.payload.get("reason") == "new_customer":
        return []
    subject = {
        "task_id": task.id,
        **({"external_userid": task.external_userid} if task.external_userid else {}),
        **({"customer_id": task.customer_id} if task.customer_id else {}),
    }
    title = {"title": str(task.payload["title"])} if task.payload.get("title") else {}
    return [
        Told(
            notice(
                "due_task",
                task.owner,
                task.created_at,
                task.id,
                subject=subject,
                facts=title,
                not_before=task.due,
            )
        )
    ]
