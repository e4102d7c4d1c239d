"""Looking at a lead's bar again: it goes on while nobody has the lead (spec 3.5)."""

from datetime import datetime
from zlib import crc32

from scrm.leads import dynamodb as leads
from scrm.leads.nurture import NURTURED
from scrm.settings.dynamodb import load as load_settings
from scrm.sops.enrollment import Enrollment
from scrm.sops.looking import with_owner, without_friend
from scrm.sops.model import Version
from scrm.sops.moving import exited, handed_over
from scrm.sops.nurturing import staff_of
from scrm.sops.seeing import Person, achieved, is_gone, opted_out


def looked_at_lead(it: Enrollment, version: Version, person: Person | None, now: datetime) -> Enrollment:
    """Return a lead's bar after a look: it goes on while nobody has the lead, under who is there (3.5)."""
    lead = leads.lead(it.lead_id)
    if lead is None:
        return exited(it, "lost_relation", now)
    if achieved(version, it, person, now):
        return exited(it, "goal", now)
    if lead.status not in NURTURED:
        return exited(it, "segment", now)
    if person is not None:
        relation = person.relation(it.external_userid, it.owner)
        if relation is None or relation.status != "active":
            return without_friend(it, version, person, now)
        return exited(it, "optout", now) if opted_out(person, now) else with_owner(it, version, person, now)
    staff = staff_of(lead, now) if is_gone(it.owner) else []
    if not staff:
        return it
    other = staff[crc32(lead.lead_id.encode()) % len(staff)][1]
    return handed_over(it, other, "", version, load_settings(), now)
