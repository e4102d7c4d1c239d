"""Pools 公海 as staff see them: which they work for, what waits there, claiming it (LED-15, LED-16)."""

from typing import Any, NoReturn

from scrm.http import paging, problems
from scrm.http.fields import Page, PageQuery
from scrm.http.request import Request
from scrm.http.routing import ANY_STAFF, Api
from scrm.http.scope import sees_everybody
from scrm.leads import listing, loads_dynamodb, rules_dynamodb
from scrm.leads.claiming import ClaimRefused, claim
from scrm.leads.claims import Refusal
from scrm.leads.dynamodb import LeadChanged
from scrm.leads.list_routes import WORKERS, shown
from scrm.leads.models import LeadOut, StaffPoolOut
from scrm.leads.policy import Pool
from scrm.leads.reaching import administers, works_for
from scrm.leads.views import lead_out
from scrm.leads.wanted import Wanted
from scrm.staff.dynamodb import directory

SCOPE = "pools one works for, administers, or sees by data scope"
REFUSALS: dict[Refusal, str] = {
    "not_a_member": "你不是这个公海的成员",
    "not_in_pool": "线索已被领取，或已不在这个公海",
    "cooldown": "你最近负责过这条线索，冷却期内不能领取",
    "daily_cap": "今天领取的线索已达上限",
    "hold_cap": "持有的线索已达上限",
}


def declare(api: Api) -> None:
    """Add the routes."""
    see: dict[str, Any] = {"roles": ANY_STAFF, "scope": SCOPE}
    pool = "/workbench/pools/{pool_id}/leads"
    api.route("GET", "/workbench/pools", query=PageQuery, answers=Page[StaffPoolOut], **see)(list_pools)
    api.route("GET", pool, query=PageQuery, answers=Page[LeadOut], **see)(list_waiting)
    api.route(
        "POST", f"{pool}/{{lead_id}}/claim", roles=WORKERS, scope="pools one works for", answers=LeadOut
    )(claim_lead)


def list_pools(request: Request) -> Page[StaffPoolOut]:
    """The pools the caller works for or looks after, with what they have of their caps."""
    theirs = [each for each in rules_dynamodb.in_force.get(request.now).pools if _sees(request, each)]
    theirs.sort(key=lambda each: each.pool_id)
    after = paging.decode("POOLS", request.query.cursor, free=("after",))
    theirs = [each for each in theirs if after is None or each.pool_id > str(after["after"])]
    load = loads_dynamodb.load_of(request.staff.userid).on(request.now)
    page = theirs[: request.query.limit]
    more = {"after": page[-1].pool_id} if len(theirs) > len(page) else None
    return Page(
        items=[
            StaffPoolOut(
                pool_id=each.pool_id,
                name=each.name,
                is_member=works_for(request.staff, each),
                is_admin=administers(request.staff, each),
                claim_daily_cap=each.claim_daily_cap,
                claimed_today=load.claimed,
                hold_cap=each.hold_cap,
                held=load.open,
            )
            for each in page
        ],
        next_cursor=paging.encode("POOLS", more),
    )


def list_waiting(request: Request) -> Page[LeadOut]:
    """The leads that wait in a pool, newest first."""
    pool = _pool(request)
    place = f"POOL#{pool.pool_id}"
    after = paging.decode(place, request.query.cursor, free=("before",))
    wanted = Wanted(request.now, "POOLED")
    found, more = listing.of_pool(
        pool.pool_id, wanted, request.query.limit, str(after["before"]) if after else ""
    )
    return Page(
        items=shown(found, request), next_cursor=paging.encode(place, {"before": more} if more else None)
    )


def claim_lead(request: Request) -> LeadOut:
    """Claim a lead of a pool; of several who try one gets it, the others 409."""
    pool = _pool(request)
    if not works_for(request.staff, pool):
        _refuse("not_a_member")
    try:
        lead = claim(request.params["lead_id"], pool, request.staff.userid, request.now)
    except ClaimRefused as refused:
        _refuse(refused.why)
    except LookupError:
        raise problems.not_found("没有这条线索") from None
    except LeadChanged:
        raise problems.version_conflict() from None
    return lead_out(lead, pool.name, directory(request.now), request.now)


def _refuse(why: Refusal) -> NoReturn:
    if why == "not_a_member":
        raise problems.forbidden(REFUSALS[why], code=why) from None
    raise problems.conflict(why, REFUSALS[why]) from None


def _pool(request: Request) -> Pool:
    """Return the pool that is asked for; who may see it not, or where there is none, gets one refusal."""
    found = rules_dynamodb.in_force.get(request.now).pool(request.params["pool_id"])
    if found is None and sees_everybody(request.staff):
        raise problems.not_found("没有这个公海")
    if found is None or not _sees(request, found):
        _refuse("not_a_member")
    return found


def _sees(request: Request, pool: Pool) -> bool:
    caller = request.staff
    return works_for(caller, pool) or administers(caller, pool) or sees_everybody(caller)
