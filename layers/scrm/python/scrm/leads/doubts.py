"""What a second person has to look at before a lead counts: anti-cheat 防作弊 (LED-29). Pure.

stage_jump: the lead is in intention or signed within minutes of the stage before; nobody gets so far so fast.
self_share: whoever entered the lead by hand has it, and it was won by an order through a share of their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from scrm.leads.model import Doubt, DoubtWhy, Lead
from scrm.staff.model import key

WHY: Mapping[DoubtWhy, str] = {
    "stage_jump": "阶段推进过快：与上一阶段间隔过短",
    "self_share": "自录自分享：录入人即负责人，成交订单来自其本人的分享",
}
_JUDGED = frozenset({"INTENT", "SIGNED"})


@dataclass(frozen=True)
class Doubted:
    """A lead that is, or was, looked at by a second person: for what, whose it was, whose step it was."""

    lead_id: str
    why: DoubtWhy
    state: Doubt
    at: datetime
    owner: str
    by: str
    decided_by: str = ""
    decided_at: datetime | None = None


class FourEyes(Exception):
    """Whoever has the lead, had it or took the step cannot be the second person."""


def jumped(before: Lead, after: Lead, minutes: int) -> Lead:
    """Return a lead after a step, in doubt where the stage came within `minutes` of the one before."""
    if after.status not in _JUDGED or after.status == before.status:
        return after
    if before.advanced_at is None or after.advanced_at is None:
        return after
    soon = after.advanced_at - before.advanced_at < timedelta(minutes=minutes)
    return doubted(after, "stage_jump") if soon else after


def shared_by_themself(won: Lead, sharer: str) -> Lead:
    """Return a won lead, in doubt where one member entered it, has it, and shared what was ordered."""
    alone = sharer and key(sharer) == key(won.owner) == key(won.created_by)
    return doubted(won, "self_share") if alone else won


def doubted(lead: Lead, why: DoubtWhy) -> Lead:
    """Return a lead that waits for a second person; one that was rejected stays so."""
    return lead if lead.doubt == "rejected" else replace(lead, doubt="pending", doubt_why=why)


def judged(
    lead: Lead, told: Doubted, verdict: Literal["approved", "rejected"], by: str, now: datetime
) -> tuple[Lead, Doubted]:
    """Return a lead and its doubt after a second person has looked at it. Raises FourEyes."""
    if key(by) in {key(each) for each in (lead.owner, told.owner, told.by) if each}:
        raise FourEyes
    at = now.replace(microsecond=0)
    trigger = "approve" if verdict == "approved" else "reject"
    step = replace(lead, doubt=verdict, trigger=trigger, reason="", updated_by=by, updated_at=at)
    return step, replace(told, state=verdict, decided_by=by, decided_at=at)
