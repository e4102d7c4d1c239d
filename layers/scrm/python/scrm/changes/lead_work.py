"""What follows from work on a lead: its to-do, and what its customer's trace tells. Pure."""

from collections.abc import Iterator
from datetime import UTC, datetime

from scrm.changes.effects import Noted
from scrm.changes.lead_effects import LeadFollowed, LeadJoined, LeadToDo, ToDoOver
from scrm.leads.model import Lead
from scrm.leads.planned import to_do_of
from scrm.leads.records import FollowUp
from scrm.leads.steps import INHERITANCE
from scrm.timeline.model import Entry

EARLIEST = datetime.min.replace(tzinfo=UTC)
QUIET = frozenset({"remind", "activity", "follow", "approve", "reject"})
"""Steps that a customer's trace does not tell: a follow-up has an entry of its own, a second look is ours."""

Follows = LeadToDo | ToDoOver | Noted | LeadJoined


def lead_worked(old: Lead | None, new: Lead | None) -> list[Follows]:
    """Return the to-do that a planned follow-up makes, and ends; what the trace of its customer tells."""
    if new is None or (old and old.version == new.version):
        return []
    return [*_to_dos(old, new), *_traced(old, new)]


def _to_dos(old: Lead | None, new: Lead) -> Iterator[LeadToDo | ToDoOver]:
    had, has = to_do_of(old), to_do_of(new)
    if (had.id if had else "") == (has.id if has else ""):
        return
    if had and old:
        followed = new.trigger == "follow" and new.followed_at != old.followed_at
        at = new.updated_at or EARLIEST
        yield ToDoOver(had.id, "done" if followed else "cancelled", new.updated_by, at)
    if has:
        yield LeadToDo(has)


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
