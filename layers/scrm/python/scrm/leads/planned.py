"""The to-do that a lead's planned follow-up is (LED-17, LED-25). Pure."""

from datetime import UTC, datetime

from scrm.leads.model import Lead
from scrm.tasks.model import Task, task

EARLIEST = datetime.min.replace(tzinfo=UTC)


def to_do_of(lead: Lead | None) -> Task | None:
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
