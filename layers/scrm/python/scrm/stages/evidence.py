"""What is known of a customer, read as evidence for a stage (SEG-19). Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scrm.customers.model import Customer
from scrm.facts.model import Facts
from scrm.stages.model import Evidence, EvidenceKind, Proof
from scrm.timeline.model import Entry

CONTRACT_FIELDS = ("contract_no", "合同编号")
"""The fields, of the CRM's record or our own, that hold a contract's number."""

WAYS: Mapping[str, frozenset[str]] = {
    "visit": frozenset({"visit", "拜访", "上门", "面谈"}),
    "quote": frozenset({"quote", "报价"}),
}
"""What a follow-up's channel says when it was a visit or brought a quote."""

FROM_TRACE: frozenset[EvidenceKind] = frozenset({"follow_record", "visit", "quote"})


@dataclass(frozen=True)
class Known:
    """What evidence is looked for in.

    `since` is when the customer entered the present stage, None when none. `follow_ups` are the trace's
    follow-ups from then on, latest first; `demands` the ids of open demands with their times; `selected`
    says whether a condition, as stored, selects the customer now.
    """

    customer: Customer
    facts: Facts
    now: datetime
    since: datetime | None = None
    follow_ups: Sequence[Entry] = ()
    demands: Sequence[tuple[str, datetime]] = ()
    selected: Callable[[Mapping[str, Any]], bool] = lambda _condition: False


def proof_of(evidence: Evidence, known: Known) -> Proof | None:
    """Return the fact that is this evidence, None when there is none."""
    return _FINDERS[evidence.kind](evidence, known)


def _follow_record(_: Evidence, known: Known) -> Proof | None:
    entry = next(iter(known.follow_ups), None)
    if entry is not None:
        return Proof("follow_record", entry.entry_id, entry.at)
    for talk in known.facts.talks:
        if talk.followed_at and (known.since is None or talk.followed_at >= known.since):
            return Proof("follow_record", f"TALK#{talk.userid.lower()}", talk.followed_at)
    return None


def _by_way(evidence: Evidence, known: Known) -> Proof | None:
    ways = WAYS[evidence.kind]
    for entry in known.follow_ups:
        if str(entry.facts.get("channel", "")).strip().casefold() in ways:
            return Proof(evidence.kind, entry.entry_id, entry.at)
    return None


def _demand(_: Evidence, known: Known) -> Proof | None:
    return next((Proof("demand_recorded", each, at) for each, at in known.demands), None)


def _order(_: Evidence, known: Known) -> Proof | None:
    orders = known.facts.orders
    return Proof("order_paid", "FACTS", orders.last_at) if orders.count else None


def _contract(_: Evidence, known: Known) -> Proof | None:
    for place in (known.customer.custom_fields, known.customer.crm):
        for name in CONTRACT_FIELDS:
            if place.get(name):
                return Proof("contract", name)
    return None


def _score(evidence: Evidence, known: Known) -> Proof | None:
    for score in known.facts.scores:
        if score.name != evidence.score or (score.expires_at and score.expires_at <= known.now):
            continue
        if _reaches(score.value, evidence):
            return Proof("score", f"{score.name}@{score.model}", score.at)
    return None


def _reaches(value: float | str, evidence: Evidence) -> bool:
    if evidence.at_least is None:
        return value == evidence.value
    return not isinstance(value, str) and value >= evidence.at_least


def _condition(evidence: Evidence, known: Known) -> Proof | None:
    selected = evidence.condition is not None and known.selected(evidence.condition)
    return Proof("condition", evidence.title, known.now) if selected else None


_FINDERS: Mapping[EvidenceKind, Callable[[Evidence, Known], Proof | None]] = {
    "follow_record": _follow_record,
    "visit": _by_way,
    "quote": _by_way,
    "demand_recorded": _demand,
    "order_paid": _order,
    "contract": _contract,
    "score": _score,
    "condition": _condition,
}
