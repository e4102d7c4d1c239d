"""What the clock does with a lead whose time has come: open, remind, take back (spec 4.4, 4.5)."""

from dataclasses import replace
from datetime import datetime

from scrm.leads.assigning import assign, held, next_look, waits_for_decision
from scrm.leads.dynamodb import look_again
from scrm.leads.following import GONE
from scrm.leads.living import change, pool_of
from scrm.leads.model import Lead
from scrm.leads.policy import Pool
from scrm.leads.protection import fired, remind_at
from scrm.leads.steps import recycled
from scrm.staff.dynamodb import directory
from scrm.staff.model import Directory
from scrm.telemetry import count

SYSTEM = "system"


def look_at(lead_id: str, now: datetime) -> None:
    """Do what is due of a lead by `now`. Safe to repeat, late or at once by several.

    A lead that waited for its pool to open is decided on. One whose first SLA is over (R1) is decided on
    again, without its ex-owner.
    """
    people = directory(now)
    seen: list[Lead] = []

    def looked_at(before: Lead, pool: Pool) -> Lead:
        seen.append(before)
        return _looked_at(before, pool, people, now)

    lead = change(lead_id, looked_at, now)
    if waits_for_decision(lead) and (lead.queued_until is None or lead.queued_until <= now):
        assign(lead_id, lead.epoch, now)
    elif lead == seen[-1]:
        # Its terms have changed since it was stored: without this every tick would look at it again.
        look_again(lead, next_look(lead, pool_of(lead, now).protection))


def _looked_at(lead: Lead, pool: Pool, people: Directory, now: datetime) -> Lead:
    if not lead.is_owned:
        return lead
    owner = people.get(lead.owner)
    there = replace(held(lead), owner_left=owner is not None and owner.status in GONE)
    if rule := fired(there, pool.protection, now):
        count("lead_recycled", rule=rule)
        return recycled(lead, pool.protection, "system", SYSTEM, now, rule)
    due = remind_at(held(lead).protection, pool.protection) <= now
    if due and lead.reminded_for != lead.protect_until:
        told = replace(lead, trigger="remind", reason="", updated_by=SYSTEM)
        return replace(told, reminded_for=lead.protect_until, updated_at=now.replace(microsecond=0))
    return lead
