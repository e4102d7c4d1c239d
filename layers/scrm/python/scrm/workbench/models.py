"""What the workbench's routes take and answer."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from scrm.http.fields import In, Moment, Out, PageQuery
from scrm.sops.to_do_models import ToDoStepOut
from scrm.tasks.model import Kind, Status

Version = Annotated[int, Field(ge=1, le=2**31)]


class TasksQuery(PageQuery):
    """Which to-dos: by status; `due` keeps those overdue, due by tonight, or within seven days.

    `day` keeps those due on one Beijing day, `external_userid` those for one customer.
    """

    status: Status | Literal["all"] = "open"
    due: Literal["overdue", "today", "week"] | None = None
    day: date | None = None
    external_userid: Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,64}$")] | None = None


class TaskOut(Out):
    """One to-do 待办. `sop` is the step that it is of, null for every other kind.

    `sent_at`: it was sent then, by `send_id`, and is done as of then once nothing is missing.
    """

    task_id: str
    kind: Kind
    owner: str
    due: Moment
    status: Status
    overdue: bool
    external_userid: str | None
    customer_id: str | None
    payload: dict[str, Any]
    created_at: Moment
    closed_at: Moment | None
    closed_by: str | None
    note: str | None
    result: str | None
    sent_at: Moment | None
    send_id: str | None
    version: int
    sop: ToDoStepOut | None = None


class CompleteIn(In):
    """A to-do is done. `version` is the one that was read."""

    version: Version | None = None
    note: Annotated[str, Field(max_length=500)] | None = None


class NoticeOut(Out):
    """One notice 企业通知; `subject` holds ids, `facts` what its sentence says."""

    notice_id: str
    kind: str
    title: str
    at: Moment
    subject: dict[str, str]
    facts: dict[str, str | int]
    acknowledged_at: Moment | None


class TodayOut(Out):
    """What a member's day holds, and what of it is done, in Beijing time. Counts of to-dos stop at 200.

    Of the to-dos due: those of SOPs, overdue ones among them, and calls. Of leads: open, given today, never
    followed up, to be followed up by tonight, overdue, followed today.
    """

    date: str
    tasks_due: int
    tasks_overdue: int
    tasks_done: int
    sop_tasks_due: int
    sop_tasks_overdue: int
    calls_due: int
    leads_open: int
    leads_new: int
    leads_unfollowed: int
    leads_due: int
    leads_overdue: int
    leads_followed: int
    new_customers: int
    unread_notices: int
    next_tasks: list[TaskOut]
