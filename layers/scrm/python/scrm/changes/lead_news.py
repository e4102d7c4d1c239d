"""What happens elsewhere and matters to leads: a customer acts, a member or a friendship is gone. Pure."""

from scrm.changes.effects import LeadActivity, LeadsOfGone, RelationLost
from scrm.customers.model import Relation
from scrm.staff.model import Member
from scrm.timeline.model import Entry

GONE = frozenset({"disabled", "left"})


def customer_acted(customer_id: str, entry: Entry) -> list[LeadActivity]:
    """Return that a customer replied or came: it extends the protection of their lead (spec 4.4)."""
    inbound = entry.kind == "message" and entry.facts.get("direction") == "inbound"
    if not inbound and entry.kind not in {"visit", "check_in"}:
        return []
    return [LeadActivity(customer_id, entry.external_userid or "", entry.at)]


def member_gone(old: Member | None, new: Member | None) -> list[LeadsOfGone]:
    """Return that a member left or was disabled: their leads go back to their pools at once (R5)."""
    was = old is not None and old.status not in GONE
    if new is None:
        return [LeadsOfGone(old.userid)] if old and was else []
    return [LeadsOfGone(new.userid)] if was and new.status in GONE else []


def relation_lost(old: Relation | None, new: Relation | None) -> list[RelationLost]:
    """Return that a friendship ended: the lead may have lost every one (R6). A transfer is none."""
    if old is None or new is None or old.status != "active" or new.status in {"active", "transferred_out"}:
        return []
    return [RelationLost(new.external_userid)]
