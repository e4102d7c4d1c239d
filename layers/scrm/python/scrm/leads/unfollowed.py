"""A planned follow-up is done by recording it: ticking its to-do off alone left the lead overdue (LED-17)."""

from scrm.http import problems
from scrm.leads.dynamodb import lead
from scrm.leads.planned import to_do_of
from scrm.tasks.model import Task


def refuse_unrecorded(task: Task) -> None:
    """Raise 409 follow_up_missing for the to-do of a follow-up that its lead still waits for.

    The record closes the to-do. One whose lead has gone on, or is somebody else's, may be ticked off: the
    stream is about to do that. 1 RRU for a lead's to-do, nothing for any other.
    """
    lead_id = str(task.payload.get("lead_id") or "")
    if task.status != "open" or task.payload.get("reason") != "lead" or not lead_id:
        return
    planned = to_do_of(lead(lead_id))
    if planned is not None and planned.id == task.id:
        raise problems.conflict(
            "follow_up_missing",
            "请先填写跟进记录：记录保存后，这条待办会自动完成",
            lead_id=lead_id,
            href=f"/workbench/leads/{lead_id}/follow-ups",
        )
