"""Signing and voiding the contracts of leads, each together with the lead's step (LED-20)."""

import secrets
from dataclasses import replace
from datetime import datetime

from scrm.leads import contracts_dynamodb as stored
from scrm.leads.contracts import Contract, renewal_at
from scrm.leads.doubts import jumped
from scrm.leads.doubts_dynamodb import new_steps
from scrm.leads.living import change
from scrm.leads.machine import NotAllowed
from scrm.leads.model import Lead
from scrm.leads.policy import Pool
from scrm.leads.steps import moved
from scrm.settings.dynamodb import load as load_settings
from scrm.staff.model import key


def new_id() -> str:
    """Return the id of a contract, which nobody guesses."""
    return f"ct_{secrets.token_hex(8)}"


def sign(contract: Contract, now: datetime) -> Lead:
    """Record a contract of a lead in INTENT, which is SIGNED from then on; return the lead.

    Raises machine.NotAllowed from any other status, and where whoever signs has it no more, LookupError,
    LeadChanged. 4 WRU for the lead, 8 for the contract.
    """

    def signed(lead: Lead, _: Pool) -> Lead:
        if key(lead.owner) != key(contract.by):
            raise NotAllowed("wrong_actor")
        return jumped(lead, moved(lead, "sign", "owner", contract.by, now), chosen.lead_jump_minutes)

    chosen = load_settings()
    due_at = renewal_at(contract.end_date, chosen.renewal_days)
    return change(
        contract.lead_id,
        signed,
        now,
        lambda before, after: [*stored.put_steps(contract, due_at), *new_steps(before, after)],
    )


def void(contract: Contract, by: str, reason: str, now: datetime) -> Contract:
    """Say that a contract is void: its lead, where SIGNED, has an INTENT again. Returns the contract.

    Repeating changes nothing. Raises machine.NotAllowed where the lead was won meanwhile: money that was paid
    is refunded, and that takes the lead back.
    """
    if contract.state == "void":
        return contract
    change(
        contract.lead_id,
        lambda lead, _: moved(lead, "void_contract", "finance", by, now, reason),
        now,
        lambda _before, _after: [stored.void_step(contract, by, reason)],
    )
    return replace(contract, state="void", void_by=by, void_reason=reason)
