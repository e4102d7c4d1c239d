"""/workbench/visits: visits are planned, reminded of, and checked in at their place (LED-30)."""

from datetime import UTC
from typing import Any

from scrm.http import paging, problems
from scrm.http.caller import ROLES
from scrm.http.fields import Page
from scrm.http.request import Request
from scrm.http.routing import ANY_STAFF, Api
from scrm.http.scope import may_see_of
from scrm.leads import dynamodb as leads
from scrm.leads.dynamodb import Step
from scrm.leads.models import FollowUpIn
from scrm.leads.moving import recorded
from scrm.leads.reaching import reached
from scrm.sends.showing import there_of
from scrm.sidebar import masking
from scrm.sidebar.keeping import customer_of
from scrm.staff import dynamodb as staff
from scrm.staff.model import key
from scrm.visits import dynamodb as stored
from scrm.visits.model import CheckIn, Visit, cancelled, done, visit_id_of
from scrm.visits.models import CancelIn, CheckInIn, CheckInOut, VisitIn, VisitOut, VisitsQuery

VISITS = "/workbench/visits"
ONE = f"{VISITS}/{{visit_id}}"
# An auditor looks and changes nothing.
VISITORS = ROLES - {"auditor"}


def declare(api: Api) -> None:
    """Add the routes."""
    seen: dict[str, Any] = {"roles": ANY_STAFF, "scope": "data scope"}
    own: dict[str, Any] = {"roles": VISITORS, "scope": "own", "answers": VisitOut}
    api.route("GET", VISITS, query=VisitsQuery, answers=Page[VisitOut], **seen)(list_visits)
    api.route("POST", VISITS, body=VisitIn, status=201, **own)(plan)
    api.route("GET", ONE, answers=VisitOut, **seen)(show)
    api.route("POST", f"{ONE}:check-in", body=CheckInIn, **own)(check_in)
    api.route("POST", f"{ONE}:cancel", body=CancelIn, **own)(cancel)


def list_visits(request: Request) -> Page[VisitOut]:
    """A member's visits, the latest planned first: one's own, or those of somebody within the data scope."""
    asked: VisitsQuery = request.query
    userid = asked.userid or request.staff.userid
    if key(userid) != key(request.staff.userid):
        _refuse_foreign(request, userid)
    place = f"VISITS#{key(userid)}#{asked.status or ''}"
    after = paging.decode(place, asked.cursor)
    found = stored.visits(
        userid, asked.status, str(after.get("before", "")) if after else "", asked.limit + 1
    )
    page = found[: asked.limit]
    more = {"before": page[-1].visit_id} if len(found) > len(page) else None
    return Page(items=[_out(request, each) for each in page], next_cursor=paging.encode(place, more))


def plan(request: Request) -> VisitOut:
    """Plan a visit of one's own lead or customer; a to-do comes of it, of which one is reminded.

    Repeating with the same Idempotency-Key plans it once.
    """
    asked: VisitIn = request.body
    if (asked.lead_id is None) == (asked.external_userid is None):
        raise problems.invalid_field("lead_id", "请给出线索 lead_id 或客户 external_userid 之一")
    at, me = asked.at.astimezone(UTC).replace(microsecond=0), request.staff.userid
    if at <= request.now:
        raise problems.invalid_field("at", "拜访时间必须晚于现在")
    new = Visit(
        visit_id_of(me, at, request.new_id("vi")),
        me,
        at,
        asked.place,
        asked.purpose,
        remind_minutes=asked.remind_minutes,
        every_days=asked.every_days,
        created_at=request.now.astimezone(UTC).replace(microsecond=0),
        **_whom(request, asked),
    )
    stored.plan(new)
    return _out(request, stored.visit(new.visit_id) or new)


def show(request: Request) -> VisitOut:
    """One visit: one's own, or one within the data scope."""
    found = _found(request)
    _refuse_foreign(request, found.owner)
    return _out(request, found)


def check_in(request: Request) -> VisitOut:
    """Tell that one is there, and what came of it; of one's own lead it is a follow-up record, too.

    Repeating changes nothing. All of it changes in one transaction.
    """
    asked: CheckInIn = request.body
    found = _own(request)
    if found.status == "done":
        return _out(request, found)
    _refuse_stale(found, asked.version)
    if (asked.latitude is None) != (asked.longitude is None):
        raise problems.invalid_field(
            "longitude" if asked.longitude is None else "latitude", "经纬度须同时给出"
        )
    there = _lead_to_follow(request, found)
    if asked.next_at and not there:
        raise problems.invalid_field("next_at", "只有仍由你负责的线索才能安排下次跟进")
    at = request.now.astimezone(UTC).replace(microsecond=0)
    told = CheckIn(at, asked.place, asked.content, asked.latitude, asked.longitude)
    follow_id = request.new_id("fu") if there else ""
    after, following = done(found, told, follow_id)
    steps = [stored.save_step(after), *([stored.plan_step(following)] if following else [])]
    if there:
        content = f"{asked.content}（签到：{asked.place}）"[:2000]
        record = FollowUpIn(method="visit", content=content, next_at=asked.next_at)
        recorded(request, there, record, follow_id, steps)
    else:
        _saved(*steps)
    return _out(request, after)


def cancel(request: Request) -> VisitOut:
    """Say that a visit does not take place, and why. Repeating changes nothing."""
    found = _own(request)
    if found.status == "cancelled":
        return _out(request, found)
    _refuse_stale(found, request.body.version)
    after = cancelled(found, request.body.reason, request.now.astimezone(UTC))
    _saved(stored.save_step(after))
    return _out(request, after)


def _whom(request: Request, asked: VisitIn) -> dict[str, Any]:
    """Return whom a visit is of, whom the caller looks after; raises the refusal."""
    if asked.lead_id:
        there = reached(request, asked.lead_id)
        there.as_one_of("owner")
        external = next((value for kind, value in there.lead.keys if kind == "external_userid"), "")
        ids = {"external_userid": external, "customer_id": there.lead.customer_id}
        return {"lead_id": asked.lead_id, **ids}
    contact = there_of(request, asked.external_userid or "")
    if contact.own is None:
        raise problems.forbidden("这位客户不由你跟进", code="not_your_customer")
    customer = customer_of(contact)
    return {"external_userid": contact.external_userid, "customer_id": customer.customer_id}


def _lead_to_follow(request: Request, visit: Visit) -> Any:
    """Return the visit's lead where the caller still is to follow it up; None where it has gone on."""
    lead = leads.lead(visit.lead_id) if visit.lead_id else None
    mine = lead is not None and lead.is_owned and key(lead.owner) == key(request.staff.userid)
    return reached(request, visit.lead_id) if mine else None


def _saved(*steps: Step) -> None:
    try:
        stored.save(*steps)
    except stored.VisitChanged:
        raise problems.version_conflict() from None


def _found(request: Request) -> Visit:
    found = stored.visit(request.params["visit_id"])
    if found is None:
        raise problems.not_found("没有这次拜访")
    return found


def _own(request: Request) -> Visit:
    found = _found(request)
    if key(found.owner) != key(request.staff.userid):
        raise problems.forbidden("这次拜访不属于你", code="not_your_visit")
    return found


def _refuse_foreign(request: Request, userid: str) -> None:
    if not may_see_of(request.staff, userid, staff.directory(request.now)):
        raise problems.forbidden("这位成员的拜访不在你的查看范围内", code="not_your_visit")


def _refuse_stale(found: Visit, version: int | None) -> None:
    if found.status != "planned":
        raise problems.conflict("visit_closed", "这次拜访已经结束", status=found.status)
    if version is not None and version != found.version:
        raise problems.version_conflict()


def _out(request: Request, visit: Visit) -> VisitOut:
    told = visit.check_in
    there = CheckInOut.model_validate({**vars(told), "content": masking.text(told.content)}) if told else None
    return VisitOut.model_validate(
        {
            **vars(visit),
            "owner_name": staff.directory(request.now).name_of(visit.owner),
            "purpose": masking.text(visit.purpose),
            "reason": masking.text(visit.reason),
            "overdue": visit.status == "planned" and visit.at < request.now,
            "check_in": there,
        }
    )
