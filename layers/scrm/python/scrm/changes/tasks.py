"""What follows from a new task: its owner is told when it is due (NTF-02). Pure."""

from scrm.changes.effects import Told
from scrm.notices.model import notice
from scrm.tasks.model import Task


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
