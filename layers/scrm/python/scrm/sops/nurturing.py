"""SOPs of leads 公海培育 (spec 3.5): what is known of a lead when a step is due."""

from datetime import datetime

from scrm.leads import dynamodb as leads
from scrm.sops.deciding import Seen
from scrm.sops.enrollment import Enrollment
from scrm.sops.model import Version
from scrm.sops.seeing import achieved
from scrm.sops.touches_dynamodb import touches_of

NURTURED = frozenset({"POOLED", "NURTURE"})


def seen(it: Enrollment, version: Version, status: str, now: datetime) -> Seen:
    """Return what a due step of a lead's SOP is decided by: it goes on while nobody owns the lead."""
    lead = leads.lead(it.lead_id or it.subject)
    return Seen(
        status,  # type: ignore[arg-type]  # one of three
        friends=lead is not None,
        fits=lead is not None and lead.status in NURTURED,
        goal=achieved(version, it, None, now),
        touches=touches_of(it.subject),
    )
