"""/workbench/leads/{lead_id}/contracts and /handover: what was sold, and who serves it (LED-20, LED-28)."""

from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from scrm.http import problems
from scrm.http.caller import ROLES, Role
from scrm.http.fields import In, Moment, Out
from scrm.http.request import Request
from scrm.http.routing import ANY_STAFF, Api
from scrm.http.scope import may_see_of, sees_everybody
from scrm.leads import dynamodb as leads
from scrm.leads.contracting import new_id, sign, void
from scrm.leads.contracts import Contract
from scrm.leads.contracts_dynamodb import contracts
from scrm.leads.dynamodb import LeadChanged
from scrm.leads.handing import DUTIES, progress, sees_handover
from scrm.leads.handover_dynamodb import handover
from scrm.leads.machine import NotAllowed
from scrm.leads.model import Lead
from scrm.leads.united import contracts_of
from scrm.sidebar import masking
from scrm.staff import dynamodb as staff
from scrm.staff.model import key

# An auditor looks and changes nothing.
SIGNERS = ROLES - {"auditor"}
FINANCE: frozenset[Role] = frozenset({"finance"})


class ContractIn(In):
    """A contract that was signed. Money in fen; the dates are its first and last day in Beijing."""

    amount_fen: Annotated[int, Field(strict=True, ge=0, le=10**13)]
    signed_at: Moment
    start_date: date
    end_date: date
    product: str = Field(default="", max_length=64)
    number: str = Field(default="", max_length=64)

    @model_validator(mode="after")
    def _in_order(self) -> "ContractIn":
        if not date(2000, 1, 1) <= self.start_date <= self.end_date <= date(2100, 1, 1):
            raise ValueError("结束日期不能早于开始日期")
        return self


class VoidIn(In):
    """Why a contract is void, the standing one unless another is named."""

    contract_id: str | None = Field(default=None, min_length=1, max_length=64)
    reason: str = Field(min_length=1, max_length=500)


class ContractOut(Out):
    """A contract. `renewed_by`: the renewal lead that its end has brought about."""

    contract_id: str
    lead_id: str
    state: Literal["signed", "void"]
    amount_fen: int
    signed_at: Moment
    start_date: date
    end_date: date
    product: str
    number: str
    by: str
    void_by: str
    void_reason: str
    renewed_by: str


class ContractsOut(Out):
    """A lead's contracts, those signed first first."""

    items: list[ContractOut]


class HandoverStepOut(Out):
    """One step of the way to service. `status` null: it has not begun."""

    title: str
    owner: str
    task_id: str | None
    due: Moment | None
    status: Literal["open", "done", "cancelled", "missed", "skipped"] | None


class HandoverOut(Out):
    """How a customer went from sales to service."""

    lead_id: str
    event: str
    at: Moment
    service_owner: str
    sales_owner: str
    steps: list[HandoverStepOut]


def declare(api: Api) -> None:
    """Add the routes."""
    api.route(
        "GET",
        "/workbench/leads/{lead_id}/handover",
        roles=ANY_STAFF,
        scope="leads within the data scope, and those that one takes part in",
        answers=HandoverOut,
    )(show_handover)
    path = "/workbench/leads/{lead_id}/contracts"
    one: dict[str, Any] = {"answers": ContractOut}
    own: dict[str, Any] = {"roles": SIGNERS, "scope": "own leads"}
    seen: dict[str, Any] = {"roles": ANY_STAFF, "scope": "leads within the data scope"}
    api.route("POST", path, body=ContractIn, status=201, creates=True, **own, **one)(sign_contract)
    api.route("GET", path, answers=ContractsOut, **seen)(list_contracts)
    void_path, corp = "/workbench/leads/{lead_id}:void-contract", "the corp"
    api.route("POST", void_path, roles=FINANCE, scope=corp, body=VoidIn, **one)(void_contract)


def sign_contract(request: Request) -> ContractOut:
    """Record a contract of one's own lead: it is SIGNED. Only a payment or an opened account makes it won."""
    asked: ContractIn = request.body
    lead, me = _found(request), request.staff.userid
    if key(lead.owner) != key(me):
        raise _not_yours()
    at = request.now.replace(microsecond=0)
    if asked.signed_at > at:
        raise problems.invalid_field("signed_at", "不能晚于现在")
    told = Contract(
        new_id(),
        lead.lead_id,
        asked.amount_fen,
        asked.signed_at,
        asked.start_date,
        asked.end_date,
        asked.product.strip() or lead.product,
        asked.number.strip(),
        by=me,
        created_at=at,
    )
    try:
        sign(told, request.now)
    except NotAllowed as refused:
        raise (_not_yours() if refused.code == "wrong_actor" else _refused(lead)) from None
    except LeadChanged:
        raise problems.version_conflict() from None
    return _out(told)


def list_contracts(request: Request) -> ContractsOut:
    """The contracts of a lead and of those that were merged into it, void ones too."""
    lead = _found(request)
    if not _may_see(request, lead):
        raise _not_yours()
    return ContractsOut(items=[_out(each) for each in contracts_of(lead)])


def void_contract(request: Request) -> ContractOut:
    """Say that a contract is void: its lead is in INTENT again. Repeating changes nothing."""
    lead = _found(request)
    asked: VoidIn = request.body
    found = contracts(lead.lead_id)
    # Of a lead that was won, lost and signed again the last one stands.
    there = next((each for each in reversed(found) if _meant(each, asked)), None)
    if there is None:
        raise problems.not_found("没有这份合同")
    try:
        return _out(void(there, request.staff.userid, asked.reason.strip(), request.now))
    except NotAllowed:
        raise _refused(lead) from None
    except LeadChanged:
        raise problems.version_conflict() from None


def show_handover(request: Request) -> HandoverOut:
    """How a lead's customer went from sales to service: to whom, what is done and what comes next."""
    lead = _found(request)
    known = handover(lead.lead_id)
    takes_part = known is not None and sees_handover(known, lead, request.staff.userid)
    if not takes_part and not _may_see(request, lead):
        raise _not_yours()
    if known is None:
        raise problems.not_found("这条线索还没有移交")
    owners = {duty: known.owners(duty)[-1] for duty in DUTIES}
    return HandoverOut(
        lead_id=lead.lead_id,
        event=known.event,
        at=known.at,
        service_owner=owners["service"],
        sales_owner=owners["sales"],
        steps=[
            HandoverStepOut(
                title=title,
                owner=owners[duty],
                task_id=there.id if there else None,
                due=there.due if there else None,
                status=there.status if there else None,
            )
            for (title, _, duty), there in zip(known.steps, progress(known), strict=True)
        ],
    )


def _may_see(request: Request, lead: Lead) -> bool:
    if sees_everybody(request.staff):
        return True
    return bool(lead.owner) and may_see_of(request.staff, lead.owner, staff.directory(request.now))


def _meant(there: Contract, asked: VoidIn) -> bool:
    return there.contract_id == asked.contract_id if asked.contract_id else there.state == "signed"


def _found(request: Request) -> Lead:
    """Return the lead; only who may see everybody's is told that there is none."""
    lead = leads.lead(request.params["lead_id"])
    if lead is None:
        raise problems.not_found("没有这条线索") if sees_everybody(request.staff) else _not_yours()
    return lead


def _not_yours() -> problems.Problem:
    return problems.forbidden("这条线索不由你负责", code="not_your_lead")


def _refused(lead: Lead) -> problems.Problem:
    return problems.conflict("wrong_status", "线索的当前状态不允许这一步", lead_status=lead.status)


def _out(told: Contract) -> ContractOut:
    return ContractOut.model_validate(replace(told, void_reason=masking.text(told.void_reason)))
