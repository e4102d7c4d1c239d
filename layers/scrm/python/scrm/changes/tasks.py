"""What follows from a task: its owner is told when it is due (NTF-02), its customer was followed up. Pure."""

from datetime import datetime

from scrm.changes.effects import Effect, FollowedUp, HandoverWentOn, Told
from scrm.changes.sop_effects import SopHappened
from scrm.notices.model import notice
from scrm.tasks.model import Task

_ENDS = frozenset({"done", "skipped"})


def task_changed(old: Task | None, new: Task | None) -> list[Effect]:
    """Return what follows from a task that was opened, or from a 跟进 that was done."""
    if new is None:
        return []
    if old is None:
        return [*task_opened(new)]
    if new.status == "open" and old.status == "open" and new.due != old.due:
        return [_due(new, f"{new.id}#{new.version}")]
    if new.payload.get("step_key") and old.status == "open" and new.status in _ENDS:
        return [_step_over(new)]
    done = new.kind == "follow" and new.status == "done" and old.status != "done"
    if done and new.customer_id and new.closed_at:
        return [FollowedUp(new.customer_id, new.closed_by or new.owner, new.closed_at)]
    if new.status == "done" and old.status != "done" and new.payload.get("handover") and new.closed_at:
        number = int(new.payload["step"]) + 1
        return [HandoverWentOn(str(new.payload["handover"]), number, new.closed_at)]
    return []


def _step_over(task: Task) -> SopHappened:
    """Return that the step of a SOP has its evidence, or is left out: its to-do was done or skipped."""
    told = task.payload
    skipped = {"status": "SKIPPED", "why": "staff"} if task.status == "skipped" else {}
    facts = {
        **{name: told[name] for name in ("sop_id", "cycle", "step_key", "attempt")},
        "at": (task.closed_at or task.due).isoformat(),
        "by": task.closed_by or task.owner,
        "result": str(task.result or ""),
        **skipped,
    }
    return SopHappened(str(told["subject"]), "done", task.id, facts)


def task_opened(task: Task) -> list[Told]:
    """Return the notice that waits until the task is due.

    The first follow-up of a new customer has none: the member has just been told of the customer.
    """
    told_already = task.payload.get("reason") == "new_customer" and not task.payload.get("handed_over_by")
    if task.status != "open" or told_already:
        return []
    return [_due(task, task.id)]


def about(task: Task) -> dict[str, str]:
    """Return whom and what a notice of a task is about, by id."""
    subject = {"task_id": task.id, "external_userid": task.external_userid, "customer_id": task.customer_id}
    if task.payload.get("step_key") and task.payload.get("lead_id"):
        subject["lead_id"] = str(task.payload["lead_id"])
    return {name: each for name, each in subject.items() if each}


def _due(task: Task, source: str) -> Told:
    """Return the notice that waits until a task is due."""
    title = {"title": str(task.payload["title"])} if task.payload.get("title") else {}
    return Told(
        notice(
            "due_task",
            task.owner,
            task.created_at,
            source,
            subject=about(task),
            facts=title,
            not_before=_reminded_at(task),
        )
    )


def _reminded_at(task: Task) -> datetime:
    """Return when a member is told of a to-do: when it is due, of a visit some time before."""
    told = task.payload.get("remind_at")
    return min(task.due, datetime.fromisoformat(str(told))) if told else task.due
