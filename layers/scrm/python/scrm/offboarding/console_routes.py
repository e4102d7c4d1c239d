"""/admin/offboarding: who is gone, what they leave behind, handing it over with one tap (INH-12, ADM-05)."""

from typing import Any

from scrm.admin.lists import page_of
from scrm.admin.rights import OPERATIONS, SEE_OFFBOARDING
from scrm.http import problems
from scrm.http.fields import Page
from scrm.http.routing import Api, Request
from scrm.http.scope import OWN_ONLY, colleagues
from scrm.inheritance.console_models import PlanMadeOut
from scrm.inheritance.showing import plan_values, preview_out
from scrm.jobs.starting import begin
from scrm.offboarding import asking
from scrm.offboarding import departures_dynamodb as stored
from scrm.offboarding.console_models import (
    GoneOut,
    HandedOverOut,
    HandOverIn,
    ImportOut,
    OffboardingOut,
    OffboardingQuery,
)
from scrm.offboarding.handing_over import hand_over as give
from scrm.offboarding.showing import gone_out, groups_out, offboarding_out
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
    people = load_directory()
    handed = give(request, request.params["userid"], request.body, people)
    plan = None
    if handed.made:
        made, found = handed.made
        plan = PlanMadeOut(**plan_values(made), preview=preview_out(found, made.terms, people))
    return HandedOverOut(
        userid=handed.userid,
        plan=plan,
        needs_approval=handed.waits,
        groups=groups_out(handed.groups),
    )


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
