"""/admin/lead-doubts: leads that a second person looks at before they count for a target (LED-29)."""

from typing import Any, Literal

from scrm.admin.audited import audited, no_effect
from scrm.http import paging, problems
from scrm.http.caller import Role
from scrm.http.fields import In, Moment, Out, Page, PageQuery
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.leads import doubts_dynamodb as doubts
from scrm.leads import dynamodb as leads
from scrm.leads.assigning import next_look
from scrm.leads.doubts import WHY, Doubted, FourEyes, judged
from scrm.leads.living import pool_of
from scrm.leads.merges_dynamodb import lead_step
from scrm.leads.model import Doubt, DoubtWhy
from scrm.leads.models import Reason
from scrm.staff import dynamodb as staff

SEE: frozenset[Role] = frozenset({"operations_admin", "finance", "auditor"})
JUDGE: frozenset[Role] = frozenset({"operations_admin", "finance"})
DOUBTS = "/admin/lead-doubts"


class DoubtsQuery(PageQuery):
    """Which: those that wait, unless others are asked for."""

    state: Doubt = "pending"


class VerdictIn(In):
    """How the second person knows; it goes into the audit log."""

    reason: Reason


class DoubtedOut(Out):
    """A lead in doubt: why, whose it was, by whose step; who looked at it, and what they said."""

    lead_id: str
    why: DoubtWhy
    sentence: str
    state: Doubt
    at: Moment
    owner: str
    owner_name: str
    by: str
    decided_by: str
    decided_at: Moment | None


def declare(api: Api) -> None:
    """Add the routes."""
    api.route("GET", DOUBTS, query=DoubtsQuery, answers=Page[DoubtedOut], roles=SEE, scope="corp")(listed)
    one: dict[str, Any] = {"roles": JUDGE, "scope": "corp", "body": VerdictIn, "answers": DoubtedOut}
    api.route("POST", f"{DOUBTS}/{{lead_id}}:approve", **one)(approve)
    api.route("POST", f"{DOUBTS}/{{lead_id}}:reject", **one)(reject)


def listed(request: Request) -> Page[DoubtedOut]:
    """The leads that wait for a second person, or those that were looked at, by id."""
    asked: DoubtsQuery = request.query
    place = f"{DOUBTS}?{asked.state}"
    after = paging.decode(place, asked.cursor)
    found = doubts.doubts(asked.state, str(after.get("after", "")) if after else "", asked.limit + 1)
    page = found[: asked.limit]
    more = {"after": page[-1].lead_id} if len(found) > len(page) else None
    return Page(items=[_out(request, each) for each in page], next_cursor=paging.encode(place, more))


def approve(request: Request) -> DoubtedOut:
    """Say that all is well: the lead counts. Neither its owner nor who took the step can. Repeatable."""
    return _judge(request, "approved")


def reject(request: Request) -> DoubtedOut:
    """Say that it is not: the lead counts for no target, whatever comes. Repeatable."""
    return _judge(request, "rejected")


def _judge(request: Request, verdict: Literal["approved", "rejected"]) -> DoubtedOut:
    lead_id = request.params["lead_id"]
    told, lead = doubts.doubt(lead_id), leads.lead(lead_id)
    if told is None or lead is None:
        raise problems.not_found("没有这条待复核的线索")
    if told.state == verdict:
        no_effect(request)
        return _out(request, told)
    if told.state != "pending":
        raise problems.conflict("already_judged", "这条线索已经复核过", state=told.state)
    try:
        after, now_told = judged(lead, told, verdict, request.staff.userid, request.now)
    except FourEyes:
        raise problems.forbidden("需要由负责人和操作人以外的人复核", code="four_eyes") from None
    due_at = next_look(after, pool_of(after, request.now).protection)
    steps = [lead_step(after, lead, due_at), doubts.judged_step(now_told)]
    facts = {"state": verdict, "why": told.why, "reason": request.body.reason}
    audited(request, f"lead_{verdict}", f"LEAD#{lead_id}", {"state": told.state}, facts, steps)
    return _out(request, now_told)


def _out(request: Request, told: Doubted) -> DoubtedOut:
    name = staff.directory(request.now).name_of(told.owner) if told.owner else ""
    return DoubtedOut.model_validate({**vars(told), "sentence": WHY[told.why], "owner_name": name})
