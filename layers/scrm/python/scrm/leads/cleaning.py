"""What a call, or a person, found out of a lead before it is given to anybody (LED-10)."""

from dataclasses import replace
from datetime import datetime
from typing import Literal

from scrm.leads.living import change
from scrm.leads.machine import Actor
from scrm.leads.model import Lead
from scrm.leads.policy import Pool
from scrm.leads.steps import moved

Result = Literal["valid", "invalid"]


def clean(lead_id: str, result: Result, actor: Actor, by: str, reason: str, now: datetime) -> Lead:
    """Record whether a lead is one; return it as stored. Safe to repeat.

    invalid: it is INVALID; valid: it waits no longer, and whose it is, is decided from the stream. Raises
    LookupError where there is no such lead, machine.NotAllowed where somebody has it already.
    """

    def cleaned(lead: Lead, _: Pool) -> Lead:
        if result == "invalid":
            if lead.status == "INVALID":
                return lead
            return replace(moved(lead, "invalidate", actor, by, now, reason), uncleaned=False)
        if not lead.uncleaned:
            return lead
        at = now.replace(microsecond=0)
        return replace(lead, uncleaned=False, trigger="clean", reason=reason, updated_by=by, updated_at=at)

    return change(lead_id, cleaned, now)
