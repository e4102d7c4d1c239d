"""/admin/leaves: when members are away and get no leads."""

from datetime import timedelta
from typing import Any

from scrm.admin.audited import audited
from scrm.admin.rights import KEEP_LEAD_RULES, SEE_LEAD_RULES
from scrm.http import problems
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.leads import leaves_dynamodb as stored
from scrm.leads.rule_models import LeaveIn, LeaveOut, LeavesOut
from scrm.staff.dynamodb import directory

LEAVES = "/admin/leaves"
LONGEST = timedelta(days=366)


def declare(api: Api) -> None:
    """Add the routes."""
    see: dict[str, Any] = {"roles": SEE_LEAD_RULES, "scope": "corp"}
    keep: dict[str, Any] = {"roles": KEEP_LEAD_RULES, "scope": "corp"}
    api.route("GET", LEAVES, answers=LeavesOut, **see)(listed)
    api.route("POST", LEAVES, body=LeaveIn, answers=LeaveOut, status=201, **keep)(create)
    api.route("DELETE", LEAVES + "/{leave_id}", status=204, **keep)(remove)


def listed(request: Request) -> LeavesOut:
    """Leaves that are not over."""
    return LeavesOut(items=[LeaveOut.model_validate(each) for each in stored.since(request.now)])


def create(request: Request) -> LeaveOut:
    """Record that a member is away; the same again is the same leave."""
    asked: LeaveIn = request.body
    member = directory(request.now).get(asked.userid)
    if member is None:
        raise problems.invalid_field("userid", "没有这个成员")
    if asked.end <= asked.start:
        raise problems.invalid_field("end", "应晚于 start")
    if asked.end - asked.start > LONGEST:
        raise problems.invalid_field("end", f"最长 {LONGEST.days} 天")
    leave, step = stored.leave_step(member.userid, asked.start, asked.end, request.staff.userid)
    audited(request, "leave_recorded", f"LEAVE#{leave.leave_id}", None, _told(leave), [step])
    stored.forget()
    return LeaveOut.model_validate(leave)


def remove(request: Request) -> None:
    """Take a leave back."""
    leave = stored.leave(request.params["leave_id"])
    if leave is None:
        raise problems.not_found("没有这次请假")
    audited(
        request,
        "leave_taken_back",
        f"LEAVE#{leave.leave_id}",
        _told(leave),
        None,
        [stored.remove_step(leave)],
    )
    stored.forget()


def _told(leave: stored.Leave) -> dict[str, Any]:
    return {"userid": leave.userid, "start": leave.start.isoformat(), "end": leave.end.isoformat()}
