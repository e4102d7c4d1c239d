"""Which leads SOPs are for 公海培育 (spec 3.5, 3.12 SOP-C). Pure."""

from datetime import datetime, timedelta

from scrm.leads.model import Lead

NURTURED = frozenset({"POOLED", "NURTURE"})
RECYCLED = 3
AGE = timedelta(days=30)


def is_ripe(lead: Lead, at: datetime) -> bool:
    """Return whether a lead that nobody has was taken back so often, or is so old at `at`, that SOPs help."""
    if lead.status not in NURTURED or lead.uncleaned:
        return False
    old = lead.created_at is not None and at - lead.created_at >= AGE
    return lead.status == "NURTURE" or lead.recycle_count >= RECYCLED or old
