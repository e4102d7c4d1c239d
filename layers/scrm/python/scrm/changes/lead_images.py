"""Stream records of leads, read into what changed, and what follows from it."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from scrm.changes.effects import Effect
from scrm.changes.lead_effects import AccountOpened
from scrm.changes.lead_work import lead_followed, lead_worked
from scrm.changes.leads import lead_changed, lead_touched
from scrm.changes.sop_effects import AccountActivated
from scrm.leads.dynamodb import LEAD, LeadRow
from scrm.leads.evidence_dynamodb import ACCOUNT, OPENED
from scrm.leads.records_dynamodb import FOLLOW, FollowRow
from scrm.leads.touches_dynamodb import TOUCH, TouchRow

if TYPE_CHECKING:
    from scrm.changes.images import Change


def follows(change: "Change") -> list[Effect]:
    """Return what follows from a row of a lead, or of the evidence that one is won by."""
    for start, found in _FOLLOWS:
        if change.place.startswith(start):
            return found(change)
    return []


def _of_lead(change: "Change") -> list[Effect]:
    if not change.pk.startswith("LEAD#"):
        return []
    old, new = change.images(LeadRow)
    decision = new.decision if new else None
    before, after = old.entity() if old else None, new.entity() if new else None
    return [*lead_changed(before, after, decision), *lead_worked(before, after)]


def _of_follow_up(change: "Change") -> list[Effect]:
    _, told = change.images(FollowRow)
    if told is None or not change.is_new or not change.pk.startswith("LEAD#"):
        return []
    return [*lead_followed(change.pk.removeprefix("LEAD#"), told.entity())]


def _of_touch(change: "Change") -> list[Effect]:
    _, touch = change.images(TouchRow)
    if touch is None or not change.is_new:
        return []
    return [*lead_touched(change.pk.removeprefix("LEAD#"), touch.entity())]


def _of_account(change: "Change") -> list[Effect]:
    opened = change.is_new and change.pk.startswith(OPENED)
    if not opened:
        return []
    crmid, at = change.pk.removeprefix(OPENED), change.record["NewImage"]["at"]["S"]
    activated = AccountActivated(crmid, change.place.removeprefix(ACCOUNT), datetime.fromisoformat(at))
    return [AccountOpened(crmid), activated]


_FOLLOWS: tuple[tuple[str, Callable[["Change"], list[Effect]]], ...] = (
    (LEAD, _of_lead),
    (FOLLOW, _of_follow_up),
    (ACCOUNT, _of_account),
    (TOUCH, _of_touch),
)
