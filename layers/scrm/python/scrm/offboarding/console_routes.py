"""/admin/offboarding: who is gone, what they leave behind, handing it over with one tap (INH-12, ADM-05)."""

from typing import Any

from scrm.admin.lists import page_of
from scrm.admin.rights import OPERATIONS, SEE_OFFBOARDING
from scrm.http import problems
from scrm.http.fields import Page
from scrm.http.routing import Api, Request
from scrm.http.scope import OWN_ONLY, colleagues
from scrm.inheritance.console_models import PlanMadeOut
from scrm.inheritance.plan import Plan
from scrm.inheritance.planning import Preview
from scrm.inheritance.showing import plan_values, preview_out
from scrm.jobs.starting import begin
from scrm.offboarding import asking
from scrm.offboarding import departures_dynamodb as stored
from scrm.offboarding.console_models import (
    GoneOut,
    GroupsHandedOut,
    GroupStaysOut,
    HandedOverOut,
    HandOverIn,
    ImportOut,
    OffboardingOut,
    OffboardingQuery,
)
from scrm.offboarding.groups import GroupsHanded, hand_groups
from scrm.offboarding.handing_over import needs_approval, plan_for
from scrm.offboarding.model import Departure, mode_of
from scrm.offboarding.rule import Rule, rule_of, takeovers_of
from scrm.offboarding.showing import gone_out, offboarding_out
from scrm.settings.dynamodb import load as load_settings
from scrm.staff.dynamodb import load_directory
from scrm.staff.model import Directory, key

ALL = "/admin/offboarding"
ONE = ALL + "/{userid}"


def declare(api: Api) -> None:
    """Add the routes."""
    scope = "members within the data scope; HR: everybody, numbers alone"
    see: dict[str, Any] = {"roles": SEE_OFFBOARDING, "scope": scope}
    api.route("GET", ALL, **see, query=OffboardingQuery, answers=Page[GoneOut])(listed)
    api.route("GET", ONE, **see, answers=OffboardingOut)(show)
    operate: dict[str, Any] = {"roles": OPERATIONS, "scope": "corp", "status": 201}
    api.route("POST", ONE, **operate, body=HandOverIn, answers=HandedOverOut)(hand_over)
    api.route("POST", f"{ALL}:import", **operate, answers=ImportOut)(import_list)


def listed(request: Request) -> Page[GoneOut]:
    """Members who were disabled or left and have something left, by userid."""
    asked: OffboardingQuery = request.query
    people = load_directory()
    seen = _seen(request, people)
    rows = [
        each
        for each in stored.departures()
        if (seen is None or key(each.userid) in seen)
        and asked.status in (None, each.status)
        and (asked.all or each.has_something)
    ]
    page, cursor = page_of(stored.OFFBOARDING, rows, lambda each: key(each.userid), asked.limit, asked.cursor)
    return Page(items=[gone_out(each, people) for each in page], next_cursor=cursor)


def show(request: Request) -> OffboardingOut:
    """One member, gone or about to go, with what is theirs now and to whom it would go."""
    people, userid = load_directory(), request.params["userid"]
    gone = stored.departure(userid)
    seen = _seen(request, people)
    if seen is not None and key(userid) not in seen:
        raise problems.forbidden("你没有查看这位成员的权限", code="out_of_scope")
    if people.get(userid) is None and gone is None:
        raise problems.not_found("没有这位成员")
    return offboarding_out(request, _spelt(userid, people), gone, people)


def hand_over(request: Request) -> HandedOverOut:
    """Hand over everything that is a member's: the default rule, or what the body says otherwise."""
    people, userid = load_directory(), request.params["userid"]
    gone, member = stored.departure(userid, consistent=True), people.get(userid)
    if member is None and gone is None:
        raise problems.not_found("没有这位成员")
    spelt, rule = _spelt(userid, people), rule_of(member, load_settings().offboarding_rules, people)
    made = plan_for(request, spelt, gone, rule, people)
    groups = _groups(request, spelt, gone, rule, people, made)
    if made is None and not groups.job_ids:
        raise problems.conflict("nothing_to_hand_over", "没有可以交接的客户和客户群")
    stay = [GroupStaysOut(chat_id=chat_id, code=code) for chat_id, code in groups.stay]
    return HandedOverOut(
        userid=spelt,
        plan=PlanMadeOut(**plan_values(made[0]), preview=preview_out(made[1], made[0].terms, people))
        if made
        else None,
        needs_approval=made is not None and needs_approval(made[0]),
        groups=GroupsHandedOut(groups=groups.groups, job_ids=list(groups.job_ids), stay=stay),
    )


def _groups(
    request: Request,
    userid: str,
    gone: Departure | None,
    rule: Rule,
    people: Directory,
    made: tuple[Plan, Preview] | None,
) -> GroupsHanded:
    """Hand the groups over, too, to who takes customers over; none where that waits for somebody else."""
    asked: HandOverIn = request.body
    wanted = rule.groups if asked.groups is None else asked.groups
    if not wanted or (made and needs_approval(made[0])):
        return GroupsHanded()
    named = [each.userid for each in asked.takeovers or ()] or takeovers_of(userid, rule, people)
    able = [found.userid for each in named if (found := people.get(each)) and found.may_take_customers]
    takeovers = [each.userid for each in made[1].takers if not each.code] if made else able
    return hand_groups(request, userid, mode_of(gone, people.get(userid)), takeovers, people)


def import_list(request: Request) -> ImportOut:
    """Read WeCom's list of departed members' customers now; whoever is unknown becomes known."""
    job = begin(request, asking.KIND, params={}, starts=asking.STARTS)
    return ImportOut(job_id=job.job_id)


def _seen(request: Request, people: Directory) -> frozenset[str] | None:
    """Return whom the caller may see; HR looks after all members, and none of their customers."""
    return None if request.staff.role in OWN_ONLY else colleagues(request.staff, people)


def _spelt(userid: str, people: Directory) -> str:
    member = people.get(userid)
    return member.userid if member else userid
