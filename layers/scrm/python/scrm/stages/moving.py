"""Moving a customer's stage: the evidence is looked up, then customer, history and audit change as one."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from scrm.admin.audited import audited
from scrm.conditions.tree import of_plain, selects
from scrm.customers.model import Customer
from scrm.demands import dynamodb as demands
from scrm.facts import dynamodb as facts
from scrm.facts.model import combined
from scrm.fields import dynamodb as fields
from scrm.http import problems
from scrm.http.request import Request
from scrm.profile.reading import whole_profile
from scrm.sidebar.dynamodb import customer_step
from scrm.stages import dynamodb as stored
from scrm.stages.evidence import FROM_TRACE, Known, proof_of
from scrm.stages.model import Evidence, Missing, Move, Proof, Stage, Stages, asked_for, judged
from scrm.timeline.dynamodb import Timeline
from scrm.timeline.model import Entry

MOST_ENTRIES = 200
"""Of the trace, the latest are looked through for follow-ups; the talk's own time is never missed."""

timeline = Timeline()


def move(request: Request, customer: Customer, to: str, reason: str, version: int | None) -> Customer:
    """Move the customer's stage; return the customer then. Where they are already, nothing is written.

    Raises 422 for an unknown stage or a move back without a reason, 409 version_conflict, and 409
    evidence_missing listing what is missing. Customer, history and audit line change in one transaction.
    """
    stages = stored.load()
    stage = stages.named(to)
    if stage is None:
        raise problems.invalid_field("to", f"没有这个阶段；可选 {'、'.join(e.key for e in stages.stages)}")
    if stage.key == customer.stage:
        return customer
    if version is not None and version != customer.version:
        raise problems.version_conflict()
    if stages.is_back(customer.stage, stage) and not reason:
        raise problems.invalid_field("reason", "退回之前的阶段需要填写原因")
    return _moved(request, customer, stage, reason, _proofs(stages, stage, customer, request.now))


def ids_of(customer: Customer) -> list[str]:
    """Return the ids of everybody who is this customer, the root's first."""
    return [each.customer_id for each in customer.parts] or [customer.customer_id]


def _proofs(stages: Stages, to: Stage, customer: Customer, now: datetime) -> tuple[Proof, ...]:
    way = stages.on_the_way(customer.stage, to)
    asked = tuple(dict.fromkeys(asked_for(way)))
    known = _known(asked, customer, now) if asked else None
    found = {each: proof_of(each, known) if known else None for each in asked}
    proofs, missing = judged(way, found)
    if missing:
        raise _refusal(missing)
    return proofs


def _known(asked: tuple[Evidence, ...], customer: Customer, now: datetime) -> Known:
    """Return what the evidence asked for is looked for in; nothing is read that none of it needs."""
    ids, kinds = ids_of(customer), {each.kind for each in asked}
    since = customer.stage_at
    return Known(
        customer,
        combined(facts.load(each, consistent=True) for each in ids),
        now,
        since,
        _follow_ups(ids, since) if kinds & FROM_TRACE else (),
        _demands(ids) if "demand_recorded" in kinds else (),
        selected=_selecting(customer, now) if "condition" in kinds else _nobody,
    )


def _demands(ids: list[str]) -> tuple[tuple[str, datetime], ...]:
    found = (each for _, each in demands.demands(ids) if each.status == "open")
    return tuple((each.demand_id, each.created_at) for each in found)


def _nobody(_: Mapping[str, Any]) -> bool:
    return False


def _selecting(customer: Customer, now: datetime) -> Callable[[Mapping[str, Any]], bool]:
    """Return what says whether a stored condition selects the customer, by the cards they have now."""
    custom = fields.fields(now)
    cards = whole_profile(customer, consistent=True).cards(now, custom)
    return lambda condition: any(selects(of_plain(condition, custom), each, now) for each in cards)


def _follow_ups(ids: list[str], since: datetime | None) -> tuple[Entry, ...]:
    found = [entry for each in ids for entry in timeline.since(each, since, MOST_ENTRIES)]
    followed = [each for each in found if each.kind == "follow_up"]
    return tuple(sorted(followed, key=lambda each: each.at, reverse=True))


def _moved(
    request: Request, customer: Customer, stage: Stage, reason: str, proofs: tuple[Proof, ...]
) -> Customer:
    at = request.now.astimezone(UTC).replace(microsecond=0)
    changed, step = customer_step(replace(customer, stage=stage.key, stage_at=at), request.now)
    kept = Move(f"{changed.version:08d}", at, customer.stage, stage.key, request.staff.userid, reason, proofs)
    audited(
        request,
        "stage_changed",
        f"CUSTOMER#{customer.customer_id}",
        {"stage": customer.stage},
        {"stage": stage.key, "reason": reason, "evidence": [f"{each.kind}:{each.id}" for each in proofs]},
        [step, stored.move_step(customer.customer_id, kept)],
    )
    return changed


def _refusal(missing: tuple[Missing, ...]) -> problems.Problem:
    return problems.conflict(
        "evidence_missing",
        "还不能进入这个阶段：" + "；".join(dict.fromkeys(each.need.sentence for each in missing)),
        missing=[
            {
                "stage": each.stage.key,
                "stage_name": each.stage.name,
                "code": each.need.code,
                "message": each.need.sentence,
            }
            for each in missing
        ],
    )
