"""/workbench/leads: a lead made by hand, and tables of leads (LED-01, LED-06, LED-07; spec 4.3)."""

from typing import Any

from scrm.admin.audited import audited
from scrm.http import problems, uploads
from scrm.http.problems import FieldError, Problem
from scrm.http.request import Request
from scrm.http.routing import ANY_STAFF, Api
from scrm.leads import companies_dynamodb, importing
from scrm.leads import dynamodb as stored
from scrm.leads.bringing import owned_from_the_start
from scrm.leads.cleaning import clean
from scrm.leads.dynamodb import KeyTaken, LeadChanged
from scrm.leads.intake import TakenIn, Told, take_in
from scrm.leads.intake_models import CleanedOut, CleanIn, CreatedOut, ImportOut, LeadIn, WarningOut
from scrm.leads.machine import NotAllowed
from scrm.leads.model import Lead
from scrm.leads.reaching import reached
from scrm.leads.saying import Wrong, said
from scrm.leads.views import masked
from scrm.staff.dynamodb import directory

MAKERS = ANY_STAFF - {"auditor"}
IMPORTERS = frozenset({"team_lead", "operations_admin", "pool_admin", "marketing"})
LEADS = "/workbench/leads"


def declare(api: Api) -> None:
    """Add the routes."""
    make: dict[str, Any] = {"roles": MAKERS, "scope": "own; owners of other leads are masked"}
    api.route("POST", LEADS, body=LeadIn, answers=CreatedOut, status=201, **make)(create)
    api.route(
        "POST",
        f"{LEADS}/{{lead_id}}:clean",
        body=CleanIn,
        answers=CleanedOut,
        roles=MAKERS,
        scope="leads that the caller manages, or of pools they administer",
    )(clean_lead)
    api.route(
        "POST",
        f"{LEADS}:import",
        answers=ImportOut,
        roles=IMPORTERS,
        scope="the pipeline decides; named owners within the data scope",
        largest=uploads.LARGEST,
        takes=uploads.TABLES,
    )(import_table)


def create(request: Request) -> CreatedOut:
    """Make a lead: it is the caller's at once, or 409 says whose its person's open lead is.

    exists_in_pool, with the way to claim it; already_yours; owned, with the owner masked; conflict where
    what was given belongs to several open leads. A company that is known only warns.
    """
    asked: LeadIn = request.body
    me = request.staff.userid
    try:
        what = said(asked.model_dump(), "manual")
    except Wrong as wrong:
        raise problems.invalid(*(FieldError(*each) for each in wrong.errors.items())) from None
    warnings = _warnings(asked.company, request)
    told = Told("manual", request.new_id("ld"), what.keys, what.lead, what.detail, me)
    try:
        taken = take_in(told, request.now, owned_from_the_start(me))
    except KeyTaken:
        raise problems.unavailable("操作较多，请稍后重试") from None
    if taken.outcome not in {"created", "known"}:
        raise _refusal(taken, request)
    (lead,) = taken.leads
    return CreatedOut(
        lead_id=lead.lead_id,
        status=lead.status,
        owner=lead.owner,
        pool_id=lead.pool_id,
        renewal=lead.reason == "renewal",
        previous_lead_id=lead.previous_lead_id or None,
        protect_until=lead.protect_until,
        hard_until=lead.hard_until,
        first_due=lead.first_due,
        warnings=[each for each in warnings if each],
    )


def clean_lead(request: Request) -> CleanedOut:
    """Say whether a lead that waits for it is one; 409 wrong_status where somebody has it already."""
    asked: CleanIn = request.body
    there = reached(request, request.params["lead_id"])
    actor, me = there.as_one_of("manager", "admin"), request.staff.userid
    if asked.result == "invalid" and not asked.reason:
        raise problems.invalid_field("reason", "必填")
    # A manager says so; only they, and what the system was told, end a lead that nobody has.
    by_whom = "manager" if actor == "admin" else actor
    try:
        lead = clean(there.lead.lead_id, asked.result, by_whom, me, asked.reason, request.now)
    except NotAllowed:
        raise problems.conflict("wrong_status", "这条线索已有负责人或已结束") from None
    except LeadChanged:
        raise problems.unavailable("操作较多，请稍后重试") from None
    return CleanedOut(lead_id=lead.lead_id, status=lead.status)


def import_table(request: Request) -> ImportOut:
    """Take in a table of leads, CSV or XLSX, and tell what became of each line. Repeating creates nothing."""
    name, content = uploads.file_of(request)
    rows = importing.take_in(request, content)
    counts = {outcome: sum(each.outcome == outcome for each in rows) for outcome in importing.OUTCOMES}
    audited(request, "leads_imported", "LEADS", None, {"file": name[:100], **counts})
    return ImportOut(**counts, rows=[importing.row_out(each) for each in rows])


def _warnings(company: str, request: Request) -> list[WarningOut]:
    """Return that an open lead is of the same company: the soft key only warns (spec 4.3)."""
    latest = companies_dynamodb.latest_of(company)
    there = stored.lead(latest) if latest else None
    if there is None or not there.is_open:
        return []
    message = f"公司「{company}」已有跟进中的线索，请确认是否重复"
    owner = masked(there.owner, directory(request.now)) if there.owner else None
    return [WarningOut(code="company_known", message=message, owner=owner)]


def _refusal(taken: TakenIn, request: Request) -> Problem:
    """Return why there is no new lead, as far as the caller may know."""
    people = directory(request.now)
    owners = sorted(masked(each.owner, people) for each in taken.leads if each.owner)
    if taken.outcome == "exists_in_pool":
        (there,) = taken.leads
        return problems.conflict(
            "exists_in_pool", "这位客户的线索在公海中，可以领取", lead_id=there.lead_id, **_claim(there)
        )
    if taken.outcome == "already_yours":
        return problems.conflict(
            "already_yours", "这位客户已是你的线索，已记录本次来访", lead_id=taken.lead_id
        )
    if taken.outcome == "owned":
        return problems.conflict("owned", "这位客户的线索已有负责人，已通知对方", owner=owners[0])
    if taken.outcome == "conflict":
        return problems.conflict("conflict", "这些联系方式属于不同的线索，请联系管理员确认", owners=owners)
    if taken.outcome == "blacklisted":
        return problems.conflict("blacklisted", "联系方式在黑名单中，不能建为线索")
    return problems.conflict("person_erased", "该客户已要求删除个人信息，不能重新录入")


def _claim(lead: Lead) -> dict[str, Any]:
    """Return where the lead is claimed; one that is not in a pool yet cannot be."""
    if lead.status != "POOLED":
        return {"pool_id": lead.pool_id or None, "claim": None}
    path = f"/workbench/pools/{lead.pool_id}/leads/{lead.lead_id}/claim"
    return {"pool_id": lead.pool_id, "claim": path}
