"""/admin/inheritance/plans/{plan_id}:confirm and :cancel: what was previewed is done, or never will be."""

from dataclasses import replace
from typing import Any

from scrm.admin.audited import no_effect
from scrm.admin.rights import DRAFT_PLANS, OPERATIONS
from scrm.http import problems
from scrm.http.routing import Api, Request
from scrm.inheritance import plans_dynamodb as stored
from scrm.inheritance.console_models import CancelIn, ConfirmIn, PlanOut
from scrm.inheritance.console_routes import ONE, existing
from scrm.inheritance.drafting import previewed
from scrm.inheritance.plan import Plan
from scrm.inheritance.planning import Preview
from scrm.inheritance.showing import plan_out
from scrm.inheritance.starting import DRAFTS, start, store
from scrm.settings.dynamodb import load as load_settings
from scrm.staff.model import key

OPEN = DRAFTS | {"RUNNING"}


def declare(api: Api) -> None:
    """Add the routes."""
    scope = "data scope over all who hand or take over"
    confirmed: dict[str, Any] = {"roles": OPERATIONS, "scope": scope, "body": ConfirmIn, "answers": PlanOut}
    api.route("POST", f"{ONE}:confirm", **confirmed)(confirm)
    api.route("POST", f"{ONE}:cancel", roles=DRAFT_PLANS, scope=scope, body=CancelIn, answers=PlanOut)(cancel)


def confirm(request: Request) -> PlanOut:
    """Agree to a draft as it was previewed, and start it; 409 when that is stale, with nothing written.

    What is agreed to is worked out anew: who is selected, who is kept back, who gets whom. Confirming again
    what runs already changes nothing.
    """
    asked: ConfirmIn = request.body
    plan = existing(request)
    if plan.status not in DRAFTS:
        return _again(request, plan, asked)
    claimed_before = plan.status == "CONFIRMED" and asked.version == plan.version - 1
    if asked.version not in (None, plan.version) and not claimed_before:
        raise problems.version_conflict()
    _refuse_own(request, plan)
    found = previewed(plan.terms, request.now)
    _refuse_stale(plan, asked, found)
    return plan_out(start(request, plan, found, allow_partial=asked.allow_partial))


def _again(request: Request, plan: Plan, asked: ConfirmIn) -> PlanOut:
    is_same = asked.selection_hash in (None, plan.selection_hash) and plan.status != "CANCELLED"
    if not is_same or key(plan.approved_by) != key(request.staff.userid):
        raise problems.conflict("plan_started", "方案已开始执行或已结束，不能再确认")
    no_effect(request)
    return plan_out(plan)


def _refuse_own(request: Request, plan: Plan) -> None:
    """Refuse (409) that somebody agrees to their own plan on the job, where two have to (INH-11)."""
    is_own = key(plan.created_by) == key(request.staff.userid)
    if plan.mode == "onjob" and is_own and load_settings().inheritance_four_eyes:
        raise problems.conflict("approval_required", "在职继承须由创建人以外的管理员确认")


def _refuse_stale(plan: Plan, asked: ConfirmIn, found: Preview) -> None:
    """Refuse (409) what is not what was seen, what leaves customers over, and what hands nobody over."""
    agreed = {
        asked.selection_hash or plan.selection_hash,
        plan.selection_hash if plan.status == "CONFIRMED" else found.selection_hash,
    }
    if agreed != {found.selection_hash}:
        raise problems.conflict(
            "selection_changed",
            "客户、可继承状态或分配结果已变化，请重新预览后再确认",
            selection_hash=found.selection_hash,
        )
    if not found.items:
        raise problems.conflict("nothing_to_send", "没有可以移交的客户")
    if found.unassigned and not asked.allow_partial:
        raise problems.conflict(
            "unassigned",
            f"{len(found.unassigned)} 个客户没有分配到接替人；确认部分执行请传 allow_partial",
            unassigned=len(found.unassigned),
        )


def cancel(request: Request) -> PlanOut:
    """Call a plan off: what was not sent never will be; what was sent goes on to WeCom's last word."""
    asked: CancelIn = request.body
    plan = existing(request)
    if plan.status not in DRAFTS and request.staff.role not in OPERATIONS:
        raise problems.forbidden("已确认执行的方案只能由运营管理员取消")
    if plan.status == "CANCELLED":
        no_effect(request)
        return plan_out(plan)
    if plan.status not in OPEN:
        raise problems.conflict("plan_over", "方案已结束，不能取消")
    if asked.version not in (None, plan.version):
        raise problems.version_conflict()
    after = replace(plan, status="CANCELLED")
    steps = [stored.status_step(plan, "CANCELLED", request.now)]
    return plan_out(
        store(request, "inheritance_plan_cancelled", plan, after, steps, cancel_reason=asked.reason)
    )
