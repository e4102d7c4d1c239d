"""Leads as staff see them: lists by scope, one lead with all that is known, progress (LED-11, 14, 19, 25)."""

import re
from dataclasses import replace
from typing import Any

from scrm.admin.audited import audited
from scrm.http import paging, problems
from scrm.http.caller import ROLES, Caller
from scrm.http.fields import Page, PageQuery
from scrm.http.request import Request
from scrm.http.routing import ANY_STAFF, Api
from scrm.http.scope import OWN_ONLY, colleagues, sees_everybody
from scrm.leads import listing, rules_dynamodb
from scrm.leads.detailing import detail_of
from scrm.leads.model import Lead
from scrm.leads.models import (
    FollowUpOut,
    LeadDetailOut,
    LeadOut,
    LeadsQuery,
    ProgressQuery,
    ReasonIn,
    RevealedOut,
    TeamProgressOut,
)
from scrm.leads.progress import progress_of
from scrm.leads.reaching import reached
from scrm.leads.records_dynamodb import place_of
from scrm.leads.united import follow_ups_of, records_of
from scrm.leads.views import contacts_out, follow_out, lead_out
from scrm.leads.wanted import Wanted
from scrm.moments import BEIJING
from scrm.staff.dynamodb import directory
from scrm.staff.model import key

LEAD = "/workbench/leads/{lead_id}"
SCOPE = "own leads, those of the pools one works for, or data scope"
# An auditor looks and changes nothing.
WORKERS = ROLES - {"auditor"}
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])-")
MOST_MEMBERS = 200
"""So many members' leads are merged into one list."""


def declare(api: Api) -> None:
    """Add the routes."""
    common: dict[str, Any] = {"roles": ANY_STAFF, "scope": SCOPE}
    api.route("GET", "/workbench/leads", query=LeadsQuery, answers=Page[LeadOut], **common)(list_leads)
    api.route("GET", "/workbench/leads/progress", query=ProgressQuery, answers=TeamProgressOut, **common)(
        show_progress
    )
    api.route("GET", LEAD, answers=LeadDetailOut, **common)(show)
    api.route("GET", f"{LEAD}/follow-ups", query=PageQuery, answers=Page[FollowUpOut], **common)(
        list_follow_ups
    )
    api.route(
        "POST",
        f"{LEAD}/contacts:reveal",
        body=ReasonIn,
        answers=RevealedOut,
        roles=WORKERS,
        scope="own leads",
    )(reveal)


def list_leads(request: Request) -> Page[LeadOut]:
    """Leads, newest first: the caller's own, or those of a scope they have."""
    asked: LeadsQuery = request.query
    wanted = Wanted(request.now, asked.status, asked.due, asked.pool_id, asked.q)
    place = f"LEADS#{asked.scope}#{key(request.staff.userid)}"
    after = paging.decode(place, asked.cursor, free=("before",))
    before = str(after["before"]) if after else ""
    members = members_in(asked.scope, request)
    if members is None:
        if before and not _MONTH.match(before):
            raise paging.foreign()
        found, more = listing.of_everybody(wanted, asked.limit, before)
    else:
        found, more = listing.of_members(members, wanted, asked.limit, before)
    return Page(
        items=shown(found, request), next_cursor=paging.encode(place, {"before": more} if more else None)
    )


def shown(leads: list[Lead], request: Request) -> list[LeadOut]:
    """Return leads as a list shows them."""
    people, rules = directory(request.now), rules_dynamodb.in_force.get(request.now)
    names = {each.pool_id: each.name for each in rules.pools}
    return [lead_out(each, names.get(each.pool_id, ""), people, request.now) for each in leads]


def members_in(scope: str, request: Request) -> list[str] | None:
    """Return the members whose leads a scope holds, None for everybody's.

    Raises 403 for a scope beyond the caller's own data scope.
    """
    caller = request.staff
    if scope == "own":
        return [key(caller.userid)]
    if not _has(caller, scope):
        raise problems.forbidden("你的数据范围不包括这些线索", code="scope_not_allowed")
    if scope == "all":
        return None
    theirs = colleagues(replace(caller, data_scope=scope), directory(request.now))  # type: ignore[arg-type]
    found = sorted(theirs or ())
    if len(found) > MOST_MEMBERS:
        raise problems.invalid_field("scope", f"最多同时查看 {MOST_MEMBERS} 位成员的线索")
    return found


def _has(caller: Caller, scope: str) -> bool:
    return caller.role not in OWN_ONLY and (sees_everybody(caller) or caller.data_scope == scope)


def show_progress(request: Request) -> TeamProgressOut:
    """How many leads each member has, what is due and what was followed today."""
    members = members_in(request.query.scope, request)
    people = directory(request.now)
    if members is None:
        members = [each.key for each in people.members.values() if each.status == "active"][:MOST_MEMBERS]
    return TeamProgressOut(
        date=request.now.astimezone(BEIJING).date().isoformat(),
        items=[progress_of(each, people.get(each), request.now) for each in members],
    )


def show(request: Request) -> LeadDetailOut:
    """One lead with its account, contacts, demand and timeline; whose it is and why, and what comes next."""
    return detail_of(request, reached(request, request.params["lead_id"]))


def list_follow_ups(request: Request) -> Page[FollowUpOut]:
    """A lead's follow-up records, latest first; those of leads that were merged into it, too."""
    lead = reached(request, request.params["lead_id"]).lead
    place = f"FOLLOW#{lead.lead_id}"
    after = paging.decode(place, request.query.cursor, free=("before",))
    limit = request.query.limit
    found = follow_ups_of(lead, limit + 1, str(after["before"]) if after else "")
    more = place_of(found[limit - 1]) if len(found) > limit else None
    people = directory(request.now)
    return Page(
        items=[follow_out(each, people) for each in found[:limit]],
        next_cursor=paging.encode(place, {"before": more} if more else None),
    )


def reveal(request: Request) -> RevealedOut:
    """The contacts of one's own lead in full; the audit log says who looked and why."""
    there = reached(request, request.params["lead_id"])
    there.as_one_of("owner")
    detail = records_of(there.lead).detail
    found = contacts_out(there.lead, detail, reveal=True)
    told = {"reason": request.body.reason, "kinds": sorted({each.kind for each in found})}
    audited(request, "lead_contacts_revealed", f"LEAD#{there.lead.lead_id}", None, told)
    return RevealedOut(contacts=found)
