"""/admin/sops/{sop_id}:enter and its enrollments: customers enter by hand, many or one (spec 3.4, SEG-17)."""

from typing import Any

from scrm.admin.audited import audited
from scrm.admin.rights import EDIT_SOPS, KEEP_BARS
from scrm.customers.dynamodb import Customers
from scrm.http import problems
from scrm.http.problems import Problem
from scrm.http.routing import Api, Request
from scrm.http.scope import colleagues, sees_everybody
from scrm.jobs.models import JobOut
from scrm.jobs.starting import begin
from scrm.queries.acting import KIND as SELECTED
from scrm.queries.acting import params_of
from scrm.queries.asking import Asked, page
from scrm.queries.views import asked_for, custom_for, types_of
from scrm.segments import dynamodb as segments
from scrm.segments.members_dynamodb import how_many, ids_after
from scrm.segments.sampling import sample
from scrm.sops import editing, entering_job
from scrm.sops.console_routes import ONE
from scrm.sops.dynamodb import EnrollmentChanged, begin_steps
from scrm.sops.enrollment import Enrollment
from scrm.sops.enrollment_models import EnrollmentDetail
from scrm.sops.enrollment_views import enrollment_detail
from scrm.sops.entering import Occasion, Refusal, enter
from scrm.sops.entering_models import EnrolIn, EnterIn
from scrm.sops.model import Sop, Version
from scrm.sops.naming import name_of
from scrm.sops.reaching import friend_within, reach_customer
from scrm.sops.sops_dynamodb import defined
from scrm.staff import dynamodb as staff
from scrm.staff.model import key
from scrm.tagging.pairs import pair_of

PAGE = 100
REFUSALS: dict[Refusal, str] = {
    "unknown": "没有这个客户",
    "no_friend": "没有成员与该客户是好友",
    "live": "客户已在这个 SOP 中",
    "reentry_gap": "离上次结束的时间还不够，暂不能再次进入",
    "cycles": "客户进入这个 SOP 的次数已达上限",
    "optout": "客户已拒绝营销",
    "segment": "客户不符合这个 SOP 的条件",
    "no_anchor": "客户没有这个 SOP 的起点时间",
    "goal": "客户已达成这个 SOP 的目标",
}

customers = Customers()


def declare(api: Api) -> None:
    """Add the routes."""
    api.route(
        "POST",
        f"{ONE}:enter",
        roles=EDIT_SOPS,
        scope="customers within the data scope",
        body=EnterIn,
        answers=JobOut,
        status=202,
        creates=True,
    )(enter_many)
    api.route(
        "POST",
        f"{ONE}/enrollments",
        roles=KEEP_BARS,
        scope="customers within the data scope",
        body=EnrolIn,
        answers=EnrollmentDetail,
        status=201,
    )(enrol)


def enter_many(request: Request) -> JobOut:
    """Start a job that lets many customers enter; its items tell of each whether they did, and why not."""
    asked: EnterIn = request.body
    sop, _ = _running(request)
    told = [name for name in ("segment_id", "condition", "customer_ids") if getattr(asked, name)]
    if len(told) != 1:
        raise problems.invalid_field("segment_id", "segment_id、condition、customer_ids 请填且只填一个")
    if asked.condition:
        return _enter_selected(request, sop, asked)
    if not sees_everybody(request.staff):
        raise problems.forbidden("请用条件选择自己范围内的客户", code="out_of_scope")
    params = {"sop_id": sop.sop_id}
    if asked.customer_ids:
        ids = list(dict.fromkeys(asked.customer_ids))
        return _begin(request, params, asked, items=ids[: asked.sample or len(ids)])
    segment_id = asked.segment_id or ""
    segment = segments.segment(segment_id)
    if segment is None or segment.status != "active":
        raise problems.invalid_field("segment_id", "没有这个分层，或它没有启用")
    if not how_many(segment_id):
        raise problems.conflict("nobody", "这个分层没有客户")
    if asked.sample:
        seed = f"{sop.sop_id}#{segment_id}"
        ids = sample(lambda after, limit: ids_after(segment_id, after, limit), asked.sample, seed)
        return _begin(request, params, asked, items=ids)
    return _begin(request, {**params, "segment_id": segment_id}, asked, starts=["-"])


def _enter_selected(request: Request, sop: Sop, asked: EnterIn) -> JobOut:
    """Let whom a condition selects enter, within the caller's scope."""
    custom = custom_for(request.staff.role, request.now)
    condition = asked_for(asked.condition, custom)
    scope = colleagues(request.staff, staff.directory(request.now))
    question = Asked(condition, types_of(custom), scope, request.now, key(request.staff.userid))
    params = {"sop_id": sop.sop_id}
    if asked.sample:
        return _begin(request, params, asked, items=_first(question, asked.sample))
    selected = params_of(question, entering_job.ACTION, params)
    job = begin(
        request,
        SELECTED,
        params=selected,
        starts=["-"],
        reason=asked.reason,
        audit={"action": entering_job.ACTION, "condition": condition, **params},
    )
    return JobOut.model_validate(job)


def _first(question: Asked, wanted: int) -> list[str]:
    """Return the first customers that a question selects, those added last first, as relations."""
    found: dict[str, str] = {}
    cursor = None
    while len(found) < wanted:
        cards = page(question, "-added_at", PAGE, cursor)
        for each in cards.cards:
            found.setdefault(each.customer_id, pair_of(each.userid, each.external_userid))
        cursor = cards.next_cursor
        if cursor is None:
            break
    if not found:
        raise problems.conflict("nobody", "没有符合条件的客户")
    return list(found.values())[:wanted]


def _begin(request: Request, params: dict[str, Any], asked: EnterIn, **over: Any) -> JobOut:
    told = {**params, **({"sample": asked.sample} if asked.sample else {})}
    job = begin(request, entering_job.KIND, params=params, reason=asked.reason, audit=told, **over)
    return JobOut.model_validate(job)


def enrol(request: Request) -> EnrollmentDetail:
    """Let one customer enter now; 409 says why not, e.g. live, reentry_gap, optout, segment, no_friend."""
    asked: EnrolIn = request.body
    if bool(asked.customer_id) is bool(asked.external_userid):
        raise problems.invalid_field("customer_id", "customer_id 和 external_userid 请填且只填一个")
    sop, version = _running(request)
    customer_id = reach_customer(request, asked.customer_id or "", asked.external_userid or "")
    there = asked.external_userid or ""
    owner = friend_within(request, customer_id, there)
    occasion = Occasion("manual", request.now, owner=owner, external_userid=there)
    made, why = enter(
        customer_id,
        version,
        occasion,
        request.now,
        store=lambda new, former: _stored(request, sop, new, former),
    )
    if made is None:
        raise problems.conflict(why or "unknown", REFUSALS.get(why, "不能进入"), reason=why)
    return enrollment_detail(made, sop, version, name_of(made))


def _stored(request: Request, sop: Sop, new: Enrollment, former: Enrollment | None) -> Enrollment:
    """Store a new cycle with its audit line, all of it or nothing."""
    stored, steps = begin_steps(new, former)
    told = {"cycle": new.cycle, "version": new.version}
    try:
        audited(request, "sop_entered", f"SOP#{sop.sop_id}#{new.subject}", None, told, steps)
    except Problem as problem:
        raise (EnrollmentChanged() if problem.code == "version_conflict" else problem) from None
    return stored


def _running(request: Request) -> tuple[Sop, Version]:
    sop = editing.existing(request)
    if not sop.live:
        raise problems.conflict("sop_not_running", "SOP 未在运行：请先发布，或恢复暂停的 SOP")
    version = defined.version(sop.sop_id, sop.published)
    if version.subject == "lead":
        raise problems.conflict("lead_sop", "线索培育的 SOP 由线索进入")
    return sop, version
