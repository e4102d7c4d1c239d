"""What follows from work on a lead: its to-do, and what its customer's trace tells. Pure."""

from collections.abc import Iterator
from datetime import UTC, datetime

from scrm.changes.effects import Noted
from scrm.changes.lead_effects import LeadFollowed, LeadJoined, LeadToDo, ToDoOver
from scrm.leads.model import Lead
from scrm.leads.records import FollowUp
from scrm.leads.steps import INHERITANCE
from scrm.tasks.model import Task, task
from scrm.timeline.model import Entry

EARLIEST = datetime.min.replace(tzinfo=UTC)
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
        by = None if new.updated_by in {"system", INHERITANCE} else new.updated_by
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
