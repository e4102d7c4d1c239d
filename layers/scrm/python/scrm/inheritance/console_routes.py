"""/admin/inheritance/plans: what a plan would do, drafts of it, the plans there are (INH-01 to INH-05)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from scrm.admin.audited import no_effect
from scrm.admin.rights import DRAFT_PLANS, SEE_PLANS
from scrm.http import paging, problems
from scrm.http.fields import Page
from scrm.http.routing import Api, Request
from scrm.http.scope import colleagues
from scrm.inheritance import plans_dynamodb as stored
from scrm.inheritance.console_models import (
    PlanDetailOut,
    PlanIn,
    PlanMadeOut,
    PlanOut,
    PlanPreviewOut,
    PlansQuery,
    PlanTermsIn,
)
from scrm.inheritance.drafting import previewed, terms_of
from scrm.inheritance.plan import Plan
from scrm.inheritance.planning import Preview
from scrm.inheritance.progress import pairs_of, progress_of
from scrm.inheritance.rows_dynamodb import LIST
from scrm.inheritance.showing import plan_out, plan_values, preview_out
from scrm.inheritance.starting import DRAFTS, store
from scrm.staff.dynamodb import directory
from scrm.staff.model import key

PLANS = "/admin/inheritance/plans"
ONE = PLANS + "/{plan_id}"
READ_AT_MOST = 500
CONFIRMING = timedelta(minutes=1)
"""Longer than any request takes: what a confirmation has not done by then it will not do."""


def declare(api: Api) -> None:
    """Add the routes."""
    see: dict[str, Any] = {"roles": SEE_PLANS, "scope": "data scope over all who hand or take over"}
    draft: dict[str, Any] = {**see, "roles": DRAFT_PLANS}
    api.route("POST", f"{PLANS}:preview", **draft, body=PlanTermsIn, answers=PlanPreviewOut)(preview)
    api.route("GET", PLANS, **see, query=PlansQuery, answers=Page[PlanOut])(listed)
    api.route("POST", PLANS, **draft, body=PlanIn, answers=PlanMadeOut, status=201)(create)
    api.route("GET", ONE, **see, answers=PlanDetailOut)(show)
    api.route("POST", f"{ONE}:preview", **draft, answers=PlanMadeOut)(preview_again)


def preview(request: Request) -> PlanPreviewOut:
    """Work out what a plan would do now: who gets whom, who is kept back and why. Nothing is kept of it."""
    no_effect(request)
    terms = terms_of(request, request.body)
    return preview_out(previewed(terms, request.now), terms, directory(request.now))


def create(request: Request) -> PlanMadeOut:
    """Draft a plan, with what it would do now; nothing is sent before it is confirmed."""
    asked: PlanIn = request.body
    plan_id = request.new_id("plan")
    if made := stored.plan_of(plan_id):
        no_effect(request)
        return _made(request, made, previewed(made.terms, request.now))
    terms = terms_of(request, asked)
    found = previewed(terms, request.now)
    plan = Plan(
        plan_id,
        terms,
        asked.reason,
        request.staff.userid,
        request.now,
        note=asked.note,
        selection_hash=found.selection_hash,
        totals=found.totals(),
    )
    return _made(request, store(request, "inheritance_plan_created", None, plan), found)


def preview_again(request: Request) -> PlanMadeOut:
    """Work a draft out anew: its hash is that of what it would do now."""
    plan = existing(request)
    if plan.status not in DRAFTS:
        raise problems.conflict("plan_started", "方案已开始执行，不能重新预览")
    if plan.status == "CONFIRMED" and plan.approved_at and request.now - plan.approved_at < CONFIRMING:
        # Its batches are being stored: those of another outcome would be mixed with them.
        raise problems.conflict("plan_confirming", "方案正在确认，请稍后再试")
    found = previewed(plan.terms, request.now)
    if found.selection_hash == plan.selection_hash:
        no_effect(request)
        return _made(request, plan, found)
    after = replace(plan, selection_hash=found.selection_hash, totals=found.totals(), status="DRAFT")
    return _made(request, store(request, "inheritance_plan_previewed", plan, after), found)


def listed(request: Request) -> Page[PlanOut]:
    """The plans, the latest first; a page may be short, even empty, and have a next one."""
    asked: PlansQuery = request.query
    start = paging.decode(LIST, asked.cursor, free=("after",))
    after = str(start["after"]) if start else None
    found: list[Plan] = []
    for _ in range(READ_AT_MOST // asked.limit):
        page, after = stored.plans(asked.limit - len(found), after)
        found += [each for each in page if _wanted(request, each, asked)]
        if not after or len(found) >= asked.limit:
            break
    cursor = paging.encode(LIST, {"after": after} if after else None)
    return Page(items=[plan_out(each) for each in found], next_cursor=cursor)


def show(request: Request) -> PlanDetailOut:
    """One plan: its terms, how far it is, and how it stands for each pair."""
    plan = existing(request)
    batches = list(stored.batches_of(plan.plan_id))
    return PlanDetailOut(
        **plan_values(plan),
        terms=dict(plan.terms),
        progress=progress_of(batches),
        pairs=pairs_of(batches),
    )


def existing(request: Request) -> Plan:
    """Return the plan that the path names; 404 for one beyond the caller's data scope."""
    plan = stored.plan_of(request.params["plan_id"])
    if plan is None or not _seen(request, plan):
        raise problems.not_found("没有这个继承方案")
    return plan


def _seen(request: Request, plan: Plan) -> bool:
    seen = colleagues(request.staff, directory(request.now))
    return seen is None or seen.issuperset(map(key, (*plan.terms["handovers"], *plan.takeovers)))


def _wanted(request: Request, plan: Plan, asked: PlansQuery) -> bool:
    fits = asked.status in (None, plan.status) and asked.mode in (None, plan.mode)
    return fits and _seen(request, plan)


def _made(request: Request, plan: Plan, found: Preview) -> PlanMadeOut:
    shown = preview_out(found, plan.terms, directory(request.now))
    return PlanMadeOut(**plan_values(plan), preview=shown)
