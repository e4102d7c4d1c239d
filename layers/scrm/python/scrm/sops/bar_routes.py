"""/admin/sops/{sop_id}/enrollments/{subject}:pause …: what a manager does to one bar (SOP-22)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from scrm.admin.audited import audited
from scrm.admin.rights import KEEP_BARS
from scrm.http import problems
from scrm.http.problems import Problem
from scrm.http.routing import Api, Request
from scrm.settings.dynamodb import load as load_settings
from scrm.sops import editing
from scrm.sops.dynamodb import save_step
from scrm.sops.enrollment import Enrollment, Status
from scrm.sops.enrollment_models import BarJumpIn, BarSkipIn, EnrollmentDetail
from scrm.sops.enrollment_routes import BAR
from scrm.sops.enrollment_views import enrollment_detail, step_of
from scrm.sops.model import Sop, Step, Version
from scrm.sops.moving import NotPossible, ended, exited, jumped, paused, resumed
from scrm.sops.naming import name_of
from scrm.sops.reaching import reach_bar
from scrm.sops.sops_dynamodb import defined

ATTEMPTS = 4
BY_HAND = "manual"
"""Why a bar rests, or a step was skipped, that a manager asked for."""

STATES: dict[Status, str] = {
    "ACTIVE": "正在进行",
    "PAUSED": "已暂停",
    "COMPLETED": "已走完",
    "EXITED": "已退出",
}

Moved = Callable[[Enrollment, Version], Enrollment]


def declare(api: Api) -> None:
    """Add the routes."""
    keep: dict[str, Any] = {
        "roles": KEEP_BARS,
        "scope": "customers within the data scope",
        "answers": EnrollmentDetail,
    }
    api.route("POST", f"{BAR}:pause", **keep)(pause)
    api.route("POST", f"{BAR}:resume", **keep)(resume)
    api.route("POST", f"{BAR}:skip", **keep, body=BarSkipIn)(skip)
    api.route("POST", f"{BAR}:jump", **keep, body=BarJumpIn)(jump)
    api.route("POST", f"{BAR}:stop", **keep)(stop)


def pause(request: Request) -> EnrollmentDetail:
    """Put one bar to rest until it is resumed by hand; its open to-do is called off and comes again."""
    return _moved(request, "sop_bar_paused", lambda it, version: _at_rest(it, version, request))


def resume(request: Request) -> EnrollmentDetail:
    """Let one bar go on: what was due is due now, outside of quiet hours."""
    return _moved(request, "sop_bar_resumed", lambda it, version: _going_on(it, version, request))


def skip(request: Request) -> EnrollmentDetail:
    """Skip a step of one bar; it no longer counts, and the next one follows."""
    wanted = request.body.step_key
    return _moved(request, "sop_bar_skipped", lambda it, version: _skipped(it, version, wanted, request))


def jump(request: Request) -> EnrollmentDetail:
    """Go to another step, due now; those before it that were not done are skipped."""
    return _moved(
        request,
        "sop_bar_jumped",
        lambda it, version: jumped(
            it, _step(version, request.body.step_key), version, load_settings(), request.now
        ),
    )


def stop(request: Request) -> EnrollmentDetail:
    """Let one customer leave the SOP; what is open is called off."""
    return _moved(request, "sop_bar_stopped", lambda it, _: exited(it, "stopped", request.now))


def _moved(request: Request, action: str, move: Moved) -> EnrollmentDetail:
    """Move a bar with its audit line, all of it or nothing; looks again where a worker moved it meanwhile."""
    sop = editing.existing(request)
    if sop.status == "stopped":
        raise problems.conflict("sop_stopped", "SOP 已停止")
    for _ in range(ATTEMPTS - 1):
        try:
            return _once(request, sop, action, move)
        except Problem as problem:
            if problem.code != "version_conflict":
                raise
    return _once(request, sop, action, move)


def _once(request: Request, sop: Sop, action: str, move: Moved) -> EnrollmentDetail:
    it = reach_bar(request, sop.sop_id, request.params["subject"])
    version = defined.version(sop.sop_id, it.version)
    try:
        after = move(it, version)
    except NotPossible:
        raise _not_possible(it, version) from None
    stored, step = save_step(after, it)
    audited(request, action, f"SOP#{sop.sop_id}#{it.subject}", _told(it), _told(after), [step])
    return enrollment_detail(stored, sop, version, name_of(stored))


def _at_rest(it: Enrollment, version: Version, request: Request) -> Enrollment:
    if it.status == "PAUSED" and it.why == "sop_paused":
        return replace(it, why=BY_HAND)
    return paused(it, BY_HAND, version, request.now)


def _going_on(it: Enrollment, version: Version, request: Request) -> Enrollment:
    if it.status == "PAUSED" and it.why == "transfer_pending":
        raise problems.conflict("transfer_pending", "客户正在交接，交接完成后自动继续")
    if defined.sops()[it.sop_id].status != "running":
        raise problems.conflict("sop_paused", "SOP 已暂停，请先恢复 SOP")
    return resumed(it, version, load_settings(), request.now)


def _skipped(it: Enrollment, version: Version, wanted: str | None, request: Request) -> Enrollment:
    step = _step(version, wanted or step_of(it))
    waits = any(each.step_key == step.key for each in it.dispatched)
    if it.status != "ACTIVE" or not (waits or it.cursor == step.key):
        raise NotPossible
    return ended(it, step, "SKIPPED", request.now, version, load_settings(), why=BY_HAND)


def _step(version: Version, step_key: str) -> Step:
    step = version.step(step_key)
    if step is None or not step.counted:
        raise problems.invalid_field("step_key", "没有这个步骤")
    return step


def _not_possible(it: Enrollment, version: Version) -> Problem:
    if version.strategy == "timed" and it.status == "ACTIVE":
        return problems.conflict("not_possible", "定时行动的步骤互不依赖，不能跳转，也不能跳过还没轮到的步骤")
    return problems.conflict(
        "not_possible", f"该客户的进度{STATES[it.status]}，不能这样操作", enrollment_status=it.status
    )


def _told(it: Enrollment) -> dict[str, Any]:
    due = it.due_at.isoformat() if it.due_at else None
    return {"status": it.status, "why": it.why, "step": step_of(it), "due": due}
