"""What is done by recording it, and not by ticking a to-do off: a lead's follow-up, a visit (LED-17, LED-30).

Ticking off alone left the lead overdue.
"""

from scrm.http import problems
from scrm.leads.dynamodb import lead
from scrm.leads.planned import to_do_of
from scrm.tasks.model import Task
from scrm.visits.dynamodb import visit


def refuse_unrecorded(task: Task) -> None:
    """Raise 409 follow_up_missing for the to-do of a follow-up that its lead still waits for.

    409 check_in_missing for that of a visit that is still planned.

    The record closes the to-do. One whose lead has gone on, or is somebody else's, may be ticked off: the
    stream is about to do that. 1 RRU for a lead's to-do, nothing for any other.
    """
    lead_id = str(task.payload.get("lead_id") or "")
    if task.status == "open" and task.payload.get("visit_id"):
        _refuse_unvisited(str(task.payload["visit_id"]))
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


def _refuse_unvisited(visit_id: str) -> None:
    there = visit(visit_id)
    if there is not None and there.status == "planned":
        raise problems.conflict(
            "check_in_missing",
            "请先签到：签到后，这条待办会自动完成；不去拜访请取消拜访",
            visit_id=visit_id,
            href=f"/workbench/visits/{visit_id}:check-in",
        )
