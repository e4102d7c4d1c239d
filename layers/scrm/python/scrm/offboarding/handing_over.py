"""Handing over what is a member's with one tap: the default plan, worked out, stored and started (INH-12)."""

from dataclasses import dataclass, replace
from typing import Any

from scrm.http import problems
from scrm.http.request import Request
from scrm.inheritance import plans_dynamodb as plans
from scrm.inheritance.console_models import PlanIn
from scrm.inheritance.drafting import previewed, terms_of
from scrm.inheritance.model import PlanMode
from scrm.inheritance.plan import OUTSIDE, Plan
from scrm.inheritance.planning import Preview
from scrm.inheritance.starting import DRAFTS, start, store
from scrm.offboarding import departures_dynamodb as departures
from scrm.offboarding.console_models import HandOverIn
from scrm.offboarding.groups import GroupsHanded, hand_groups
from scrm.offboarding.model import mode_of
from scrm.offboarding.rule import Rule, rule_of, takeovers_of, terms_asked
from scrm.offboarding.showing import plans_of
from scrm.settings.dynamodb import load as load_settings
from scrm.staff.model import Directory

UNDER_WAY = frozenset({"CONFIRMED", "RUNNING"})
OVERRIDES = ("takeovers", "allocation", "filter", "tag_ids", "notice", "on_limit", "reason", "note")


@dataclass(frozen=True)
class Handed:
    """What one tap came to: the plan with who gets whom, and the groups; `waits` for somebody to agree."""

    userid: str
    mode: PlanMode
    made: tuple[Plan, Preview] | None
    groups: GroupsHanded
    waits: bool = False


def hand_over(request: Request, userid: str, asked: HandOverIn, people: Directory) -> Handed:
    """Hand over everything that is a member's by the rule, where `asked` says nothing else.

    A repetition with the same Idempotency-Key goes on with the same plan. Raises problems: 404 for nobody,
    409 while a plan is under way, without takeovers, without anything left, and for customers nobody takes
    where that is not allowed; 422 as a plan does.
    """
    gone, member = departures.departure(userid, consistent=True), people.get(userid)
    if member is None and gone is None:
        raise problems.not_found("没有这位成员")
    spelt = member.userid if member else userid
    rule, mode = rule_of(member, load_settings().offboarding_rules, people), mode_of(gone, member)
    made = _plan(request, terms_asked(spelt, mode, rule, people, _said(asked)), asked)
    if made and needs_approval(made[0]):
        return Handed(spelt, mode, made, GroupsHanded(), waits=True)
    groups = GroupsHanded()
    if rule.groups if asked.groups is None else asked.groups:
        groups = hand_groups(request, spelt, mode, _new_owners(spelt, asked, rule, people, made), people)
    if made is None and not groups.job_ids:
        raise problems.conflict("nothing_to_hand_over", "没有可以交接的客户和客户群")
    return Handed(spelt, mode, made, groups)


def _plan(request: Request, terms: dict[str, Any], asked: HandOverIn) -> tuple[Plan, Preview] | None:
    """Start the plan; return it with who gets whom, None where nobody is left who could be handed over.

    A draft stays one where somebody else has to agree to it.
    """
    plan_id, (userid,) = request.new_id("plan"), terms["handovers"]
    made = plans.plan_of(plan_id)
    if made and made.status not in DRAFTS:
        return made, previewed(made.terms, request.now)
    if made is None and not asked.again:
        _refuse_under_way(userid)
    plan = made or _drafted(request, plan_id, terms)
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
    """Return whether somebody else has to agree to a draft on the job: where two have to (INH-11), and

    always where another system asked for it.
    """
    if plan.status != "DRAFT" or plan.mode != "onjob":
        return False
    return plan.created_by.startswith(OUTSIDE) or load_settings().inheritance_four_eyes


def _said(asked: HandOverIn) -> dict[str, Any]:
    """Return what the caller says of the plan; friends alone are handed over unless they say otherwise."""
    said: dict[str, Any] = asked.model_dump(include=set(OVERRIDES), exclude_none=True)
    if "filter" in said:
        said["filter"] = {"status": "active", **said["filter"]}
    return said


def _drafted(request: Request, plan_id: str, terms: dict[str, Any]) -> Plan:
    if not terms["takeovers"]:
        raise problems.conflict("no_takeover", "同部门和上级部门没有可以接替的成员，请指定接替人")
    asked = PlanIn.model_validate(terms)
    by, at = request.staff.userid, request.now
    return Plan(plan_id, terms_of(request, asked), asked.reason, by, at, note=asked.note)


def _new_owners(
    userid: str,
    asked: HandOverIn,
    rule: Rule,
    people: Directory,
    made: tuple[Plan, Preview] | None,
) -> list[str]:
    """Return who gets groups: whoever takes customers over."""
    if made:
        return [each.userid for each in made[1].takers if not each.code]
    named = [each.userid for each in asked.takeovers or ()] or takeovers_of(userid, rule, people)
    return [found.userid for each in named if (found := people.get(each)) and found.may_take_customers]


def _refuse_under_way(userid: str) -> None:
    open_one = next((each for each in plans_of(userid) if each.status in UNDER_WAY), None)
    if open_one:
        raise problems.conflict(
            "handover_under_way", "该成员的客户正在交接，请查看已有方案", plan_id=open_one.plan_id
        )
