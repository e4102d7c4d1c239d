"""Everything that is known of one lead, put together for its page (LED-11)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from scrm.accounts import dynamodb as accounts
from scrm.customers.dynamodb import Customers
from scrm.demands import dynamodb as demands
from scrm.http.request import Request
from scrm.leads.alike import Alike, alike
from scrm.leads.assigning import held
from scrm.leads.doubts import WHY
from scrm.leads.evidence import EvidenceKind, FollowedBy, known_kinds
from scrm.leads.living import pool_of
from scrm.leads.model import Lead, Touch
from scrm.leads.models import (
    AccountBlock,
    ContactsBlock,
    DecisionOut,
    DemandBlock,
    DoubtOut,
    DuplicateOut,
    LeadDetailOut,
    NextOut,
    ProtectionOut,
    StageOut,
    TimelineOut,
)
from scrm.leads.protection import Policy, next_limit
from scrm.leads.reaching import Reached, administers
from scrm.leads.records import Records
from scrm.leads.sentences import ALIKE, DecisionTold, Explained, StepTold
from scrm.leads.telling import explained
from scrm.leads.united import contracts_of, records_of, touches_of
from scrm.leads.views import contacts_out, follow_out, hidden, lead_out, masked, owner_out
from scrm.sidebar import masking
from scrm.staff.dynamodb import directory
from scrm.staff.model import Directory

MOST_TOUCHES = 50
SHOWN = 100
"""Of the timeline, the latest."""

customers = Customers()


def detail_of(request: Request, there: Reached) -> LeadDetailOut:
    """Return a lead's page as the caller sees it. Some ten reads, by bytes."""
    lead, now = there.lead, request.now
    people, beside, told = directory(now), records_of(lead), explained(lead.lead_id, now)
    ids = customer_ids_of(lead)
    met = touches_of(lead, MOST_TOUCHES)
    return LeadDetailOut(
        lead=lead_out(lead, there.pool.name, people, now),
        account=_account(lead, ids, beside.detail),
        contacts=_contacts(lead, beside.detail),
        demand=_demand(lead, ids, beside),
        timeline=_timeline(told, beside, met, people),
        owner=owner_out(lead, people),
        pool={"pool_id": there.pool.pool_id, "name": there.pool.name},
        protection=_protection(lead, there.pool.protection),
        decision=_decision(told.decision),
        next=[NextOut.model_validate(each) for each in told.next],
        evidence=sorted(evidence_of(lead, beside, ids)),
        allowed_actions=list(there.actions),
        previous_lead_id=lead.previous_lead_id,
        merged_into=lead.merged_into,
        absorbed=list(lead.absorbed),
        possible_duplicates=[duplicate_out(request, there, each) for each in alike(lead)],
        doubt=_doubt(lead),
    )


def customer_ids_of(lead: Lead) -> list[str]:
    """Return the ids of everybody who is the customer that a lead belongs to, the root's first."""
    return [each.customer_id for each in customers.whole(lead.customer_id)] if lead.customer_id else []


def evidence_of(lead: Lead, beside: Records, customer_ids: list[str]) -> frozenset[EvidenceKind]:
    """Return which kinds of evidence there are for a lead."""
    followed = [FollowedBy(each.method, each.quote_fen) for each in beside.follow_ups]
    demand = bool(beside.demand or beside.detail.get("demand")) or bool(
        customer_ids and demands.demands(customer_ids)
    )
    signed = any(each.state == "signed" for each in contracts_of(lead))
    return known_kinds(
        beside.proofs,
        followed,
        followed=lead.followed_at is not None,
        demand=demand,
        signed=signed,
        score=lead.score,
    )


def duplicate_out(request: Request, there: Reached, found: Alike) -> DuplicateOut:
    """Return a lead that may be the same person's, as the caller may know of it."""
    both = "admin" in there.actors and administers(request.staff, pool_of(found.lead, request.now))
    people, owner = directory(request.now), found.lead.owner
    return DuplicateOut(
        lead_id=found.lead.lead_id,
        status=found.lead.status,
        owner=people.name_of(owner) if owner and both else masked(owner, people),
        why=found.why,
        sentence=ALIKE[found.why],
        may_merge=both,
    )


def _doubt(lead: Lead) -> DoubtOut | None:
    if not (lead.doubt and lead.doubt_why):
        return None
    return DoubtOut(state=lead.doubt, why=lead.doubt_why, sentence=WHY[lead.doubt_why])


def _account(lead: Lead, customer_ids: list[str], detail: Mapping[str, Any]) -> AccountBlock:
    noted = next((found for each in customer_ids if (found := accounts.account(each))), None)
    told = masking.fields(dict(detail.get("account") or {}))
    plain = (
        {
            "name": noted.name,
            "nature": noted.nature,
            "size": noted.size,
            "funding": noted.funding,
            "people": [
                {
                    "name": each.name,
                    "title": each.title,
                    "phone": masking.phone(each.phone) if each.phone else "",
                    "is_kp": each.is_kp,
                }
                for each in noted.people
            ],
        }
        if noted
        else None
    )
    return AccountBlock(company=lead.company, customer_id=lead.customer_id or None, told=told, noted=plain)


def _contacts(lead: Lead, detail: Mapping[str, Any]) -> ContactsBlock:
    external = next((value for kind, value in lead.keys if kind == "external_userid"), None)
    return ContactsBlock(
        name=masking.text(lead.name), contacts=contacts_out(lead, detail), external_userid=external
    )


def _demand(lead: Lead, customer_ids: list[str], beside: Records) -> DemandBlock:
    noted = demands.demands(customer_ids) if customer_ids else []
    return DemandBlock(
        text=masking.text(beside.demand.text) if beside.demand else "",
        recorded_by=beside.demand.by if beside.demand else None,
        recorded_at=beside.demand.at if beside.demand else None,
        told=masking.text(str(beside.detail.get("demand") or "")),
        product=lead.product,
        customer_demands=[
            {"demand_id": each.demand_id, "kind": each.kind, "status": each.status} for _, each in noted
        ],
    )


def _timeline(told: Explained, beside: Records, met: list[Touch], people: Directory) -> list[TimelineOut]:
    # A follow-up is a step and a record: the record tells it, with the status that it led to.
    led_to = {
        _when_and_who(each): each.status for each in told.history if each.trigger == "follow" and each.at
    }
    recorded = {(each.at, each.userid) for each in beside.follow_ups}
    steps = [
        TimelineOut(
            at=datetime.fromisoformat(each.at),
            kind="step",
            title=masking.text(each.sentence),
            by=each.by,
            facts={
                "status": each.status,
                "owner": each.owner,
                "trigger": each.trigger,
                "reason": masking.text(each.reason),
            },
        )
        for each in reversed(told.history)
        if each.at and not (each.trigger == "follow" and _when_and_who(each) in recorded)
    ]
    followed = [
        TimelineOut(
            at=each.at,
            kind="follow_up",
            title=f"{people.name_of(each.userid)}跟进",
            by=each.userid,
            facts={
                **follow_out(each, people).model_dump(mode="json"),
                "status": led_to.get((each.at, each.userid)),
            },
        )
        for each in beside.follow_ups
    ]
    found = [*steps, *followed, *(_touch(each) for each in met)]
    return sorted(found, key=lambda each: each.at, reverse=True)[:SHOWN]


def _when_and_who(step: StepTold) -> tuple[datetime, str]:
    return datetime.fromisoformat(step.at), step.by


def _touch(told: Touch) -> TimelineOut:
    contacts = [
        {
            "kind": str(each.get("type") or ""),
            "value": hidden(str(each.get("type") or ""), str(each["value"])),
        }
        for each in told.facts.get("contacts") or ()
        if each.get("value")
    ]
    facts = {"source": told.source, "contacts": contacts}
    return TimelineOut(at=told.at, kind="touch", title="同一个人再次留下线索", by=told.by, facts=facts)


def _protection(lead: Lead, policy: Policy) -> ProtectionOut:
    owned = lead.is_owned and lead.owned_at is not None and lead.protect_until is not None
    at = next_limit(held(lead), policy) if owned else None
    return ProtectionOut.model_validate({**vars(lead), "recycle_at": at})


def _decision(told: DecisionTold | None) -> DecisionOut | None:
    if told is None:
        return None
    stages = [
        StageOut.model_validate(
            {
                **vars(each),
                "eligible": [dict(member) for member in each.eligible],
                "not_eligible": [dict(member) for member in each.not_eligible],
            }
        )
        for each in told.stages
    ]
    return DecisionOut.model_validate({**vars(told), "stages": stages})
