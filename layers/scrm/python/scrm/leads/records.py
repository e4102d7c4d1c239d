"""What is kept beside a lead: follow-up records 跟进记录, its demand 需求, evidence for its stages. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from scrm.leads.evidence import Proof


@dataclass(frozen=True)
class FollowUp:
    """One follow-up: how, what was said, what comes next; `quote_fen` is what was offered, 0 for nothing."""

    follow_id: str
    at: datetime
    userid: str
    method: str
    content: str
    next_at: datetime | None = None
    quote_fen: int = 0
    file_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Demand:
    """What the person needs, as a member has recorded it last."""

    text: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Records:
    """All that is kept beside a lead. Follow-ups come latest first."""

    detail: Mapping[str, Any] = field(default_factory=dict)
    demand: Demand | None = None
    follow_ups: tuple[FollowUp, ...] = ()
    proofs: tuple[Proof, ...] = ()
