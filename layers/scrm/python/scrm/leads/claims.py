"""Who may claim a lead from its pool 公海 (spec 4.5, oracles L13 to L15). Pure."""

from datetime import datetime
from typing import Literal

from scrm.leads.loads import Load
from scrm.leads.model import Lead
from scrm.leads.policy import Pool

Refusal = Literal["not_a_member", "not_in_pool", "cooldown", "daily_cap", "hold_cap"]


def refusal(lead: Lead, pool: Pool, userid: str, load: Load, now: datetime) -> Refusal | None:
    """Return why a member may not claim a lead, None when they may.

    The cap of the day is asked before that of what one holds; WON leads are not held.
    """
    if userid.lower() not in {each.userid.lower() for each in pool.members}:
        return "not_a_member"
    if lead.status != "POOLED" or lead.pool_id != pool.pool_id:
        return "not_in_pool"
    if userid.lower() in {each.lower() for each in lead.cooling(now)}:
        return "cooldown"
    today = load.on(now)
    if pool.claim_daily_cap is not None and today.claimed >= pool.claim_daily_cap:
        return "daily_cap"
    if pool.hold_cap is not None and today.open >= pool.hold_cap:
        return "hold_cap"
    return None
