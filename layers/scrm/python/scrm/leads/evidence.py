"""What proves a lead's stage: stages change by evidence and not by wish (spec 2.3, SEG-19). Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from scrm.leads.machine import Trigger

GivenKind = Literal["demand", "quote", "visit"]
"""What whoever moves a lead may bring as evidence; a contract or a payment is recorded and not said."""
EvidenceKind = Literal[GivenKind, "follow_up", "score", "contract", "payment", "account_opened"]

INTENT_SCORE = 60
"""The score that speaks for an intention by itself."""
VISITS = frozenset({"visit", "meeting"})
"""Methods of a follow-up that are a visit."""

TITLES: Mapping[EvidenceKind, str] = {
    "follow_up": "跟进记录",
    "demand": "需求记录",
    "quote": "报价",
    "visit": "拜访",
    "score": f"评分达到 {INTENT_SCORE}",
    "contract": "合同",
    "payment": "到款",
    "account_opened": "开户",
}

NEEDS: Mapping[Trigger, tuple[EvidenceKind, ...]] = {
    "follow": ("follow_up",),
    "qualify": ("demand",),
    "intend": ("quote", "visit", "score"),
    "sign": ("contract",),
    "win": ("payment", "account_opened"),
}
"""Any one of these; a trigger that is not here needs none."""


@dataclass(frozen=True)
class Proof:
    """One piece of evidence that somebody brought."""

    kind: GivenKind
    at: datetime
    by: str
    note: str = ""


@dataclass(frozen=True)
class FollowedBy:
    """A follow-up as evidence sees it."""

    method: str
    quote_fen: int = 0


def known_kinds(
    proofs: Sequence[Proof],
    follow_ups: Iterable[FollowedBy],
    *,
    followed: bool,
    demand: bool,
    signed: bool,
    score: int,
) -> frozenset[EvidenceKind]:
    """Return which kinds of evidence there are; `followed`: its present owner has followed up.

    `signed`: there is a contract that is not void.
    """
    found: set[EvidenceKind] = {each.kind for each in proofs}
    found |= {"follow_up"} if followed else set()
    for each in follow_ups:
        found |= {"visit"} if each.method in VISITS else set()
        found |= {"quote"} if each.quote_fen else set()
    found |= {"demand"} if demand else set()
    found |= {"contract"} if signed else set()
    found |= {"score"} if score >= INTENT_SCORE else set()
    return frozenset(found)


def missing(trigger: Trigger, known: frozenset[EvidenceKind]) -> tuple[EvidenceKind, ...]:
    """Return what a step lacks: any one of these would do; empty when it may be taken."""
    needs = NEEDS.get(trigger, ())
    return () if not needs or known & set(needs) else needs
