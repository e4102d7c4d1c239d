"""What follows from work on a lead: its to-do, what its customer's trace tells, who has left. Pure."""

from collections.abc import Iterator
from datetime import UTC, datetime

from scrm.changes.effects import (
    LeadActivity,
    LeadFollowed,
    LeadJoined,
    LeadsOfGone,
    LeadToDo,
    Noted,
    RelationLost,
    ToDoOver,
)
from scrm.customers.model import Relation
from scrm.leads.model import Lead
from scrm.leads.records import FollowUp
from scrm.staff.model import Member
from scrm.tasks.model import Task, task
from scrm.timeline.model import Entry

EARLIEST = datetime.min.replace(tzinfo=UTC)
GONE = frozenset({"disabled", "left"})
QUIET = frozenset({"remind", "activity", "follow"})
"""Steps that a customer's trace does not tell: a follow-up has an entry of its own."""

Follows = LeadToDo | ToDoOver | Noted | LeadJoined


def lead_worked(old: Lead | None, new: Lead | None) -> list[Follows]:
    """Return the to-do that a planned follow-up makes, and ends; what the trace of its customer tells."""
    if new is None or (old and old.version == new.version):
        return []
    return [*_to_dos(old, new), *_traced(old, new)]


def _to_dos(old: Lead | None, new: Lead) -> Iterator[LeadToDo | ToDoOver]:
    had, has = _to_do(old), _to_do(new)
    if (had.id if had else "") == (has.id if has else ""):
        return
    if had and old:
        followed = new.trigger == "follow" and new.followed_at != old.followed_at
        at = new.updated_at or EARLIEST
        yield ToDoOver(had.id, "done" if followed else "cancelled", new.updated_by, at)
    if has:
        yield LeadToDo(has)


def _to_do(lead: Lead | None) -> Task | None:
    """Return the to-do of a lead's planned follow-up: the same for the same plan, None without one."""
    if lead is None or not lead.is_owned or lead.next_follow_at is None:
        return None
    planned = lead.followed_at or lead.owned_at or EARLIEST
    if lead.parted_at and lead.parted_at > planned:
        # The one before went with the merge that was taken back.
        planned = lead.parted_at
    contact = next((value for kind, value in lead.keys if kind == "external_userid"), None)
    return task(
        "follow",
        lead.owner,
        lead.next_follow_at,
        f"lead#{lead.lead_id}#{planned.isoformat()}",
        created_at=planned,
        external_userid=contact,
        payload={"reason": "lead", "title": "跟进线索", "lead_id": lead.lead_id},
    )


def _traced(old: Lead | None, new: Lead) -> Iterator[Noted | LeadJoined]:
    if not new.customer_id:
        return
    if old and not old.customer_id:
        yield LeadJoined(new.lead_id, new.customer_id)
    if new.trigger not in QUIET:
        by = None if new.updated_by == "system" else new.updated_by
        yield Noted(
            new.customer_id,
            step_entry(new.lead_id, new.version, new.trigger, new.status, new.updated_at or EARLIEST, by),
        )


def step_entry(lead_id: str, version: int, trigger: str, status: str, at: datetime, by: str | None) -> Entry:
    """Return what a customer's trace tells of a step of their lead."""
    facts = {"lead_id": lead_id, "step": trigger, "status": status}
    return Entry(f"{lead_id}#{version:06d}", "lead", at, by or None, None, facts)


def lead_followed(lead_id: str, told: FollowUp) -> list[LeadFollowed]:
    """Return what follows from a follow-up record: whoever the lead's customer is was followed up."""
    way = "quote" if told.quote_fen else told.method
    entry = Entry(
        told.follow_id, "follow_up", told.at, told.userid, None, {"channel": way, "lead_id": lead_id}
    )
    return [LeadFollowed(lead_id, entry)]


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
