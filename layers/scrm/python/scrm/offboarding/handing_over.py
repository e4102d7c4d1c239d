"""Handing over what is a member's with one tap: the default plan, worked out, stored and started (INH-12)."""

from dataclasses import replace
from typing import Any

from scrm.http import problems
from scrm.http.request import Request
from scrm.inheritance import plans_dynamodb as plans
from scrm.inheritance.console_models import PlanIn
from scrm.inheritance.drafting import previewed, terms_of
from scrm.inheritance.plan import Plan
from scrm.inheritance.planning import Preview
from scrm.inheritance.starting import DRAFTS, start, store
from scrm.offboarding.console_models import HandOverIn
from scrm.offboarding.model import Departure, mode_of
from scrm.offboarding.rule import Rule, terms_asked
from scrm.offboarding.showing import plans_of
from scrm.settings.dynamodb import load as load_settings
from scrm.staff.model import Directory

UNDER_WAY = frozenset({"CONFIRMED", "RUNNING"})
OVERRIDES = ("takeovers", "allocation", "filter", "tag_ids", "notice", "on_limit", "reason", "note")


def plan_for(
    request: Request, userid: str, gone: Departure | None, rule: Rule, people: Directory
) -> tuple[Plan, Preview] | None:
    """Start the plan that hands a member's customers over; return it with who gets whom.

    A draft stays one where somebody else has to agree to it. None where nobody is left who could be handed
    over. A repetition with the same Idempotency-Key goes on
    with the same plan. Raises problems: 409 while a plan is under way, and without takers or for customers
    nobody takes where that is not allowed.
    """
    asked: HandOverIn = request.body
    plan_id = request.new_id("plan")
    made = plans.plan_of(plan_id)
    if made and made.status not in DRAFTS:
        return made, previewed(made.terms, request.now)
    if made is None and not asked.again:
        _refuse_under_way(userid)
    plan = made or _drafted(request, plan_id, _asked(userid, gone, rule, people, asked))
    found = previewed(plan.terms, request.now)
    if not found.items:
        return None
    if found.unassigned and not asked.allow_partial:
        raise problems.conflict(
            "unassigned", f"{len(found.unassigned)} 位客户没有接替人，请增加接替人或允许部分交接"
        )
    named = replace(plan, selection_hash=found.selection_hash, totals=found.totals())
    stored = plan if made else store(request, "inheritance_plan_created", None, named)
    if needs_approval(stored):
        return stored, found
    return start(request, stored, found, allow_partial=asked.allow_partial), found


def needs_approval(plan: Plan) -> bool:
    """Return whether somebody else has to agree to a draft: on the job, where two have to (INH-11)."""
    return plan.status == "DRAFT" and plan.mode == "onjob" and load_settings().inheritance_four_eyes


def _drafted(request: Request, plan_id: str, asked: PlanIn) -> Plan:
    return Plan(
        plan_id, terms_of(request, asked), asked.reason, request.staff.userid, request.now, note=asked.note
    )


def _asked(userid: str, gone: Departure | None, rule: Rule, people: Directory, asked: HandOverIn) -> PlanIn:
    """Return the plan that is asked for: by the rule, but for what the caller says."""
    said: dict[str, Any] = asked.model_dump(include=set(OVERRIDES), exclude_none=True)
    if "filter" in said:
        said["filter"] = {"status": "active", **said["filter"]}
    terms = terms_asked(userid, mode_of(gone, people.get(userid)), rule, people, said)
    if not terms["takeovers"]:
        raise problems.conflict("no_takeover", "同部门和上级部门没有可以接替的成员，请指定接替人")
    return PlanIn.model_validate(terms)


def _refuse_under_way(userid: str) -> None:
    open_one = next((each for each in plans_of(userid) if each.status in UNDER_WAY), None)
    if open_one:
        raise problems.conflict(
            "handover_under_way", "该成员的客户正在交接，请查看已有方案", plan_id=open_one.plan_id
        )
