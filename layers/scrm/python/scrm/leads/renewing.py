"""Renewal leads: so many days before a contract ends the same owner asks its customer again (LED-31)."""

from dataclasses import replace
from datetime import datetime, timedelta

from scrm.leads import contracts_dynamodb as stored
from scrm.leads import dynamodb as leads
from scrm.leads.contracts import Contract, ended
from scrm.leads.intake import Told, take_in
from scrm.leads.model import Lead
from scrm.telemetry import count


def renew(lead_id: str, contract_id: str, now: datetime) -> None:
    """Begin the renewal of a contract whose time has come. Safe to repeat, late or at once by several.

    The lead of a person who has another open one is that one, which is touched. A contract that was not paid
    by then is looked at again each day until it ends. 1 RRU where there is nothing to renew.
    """
    contract, lead = stored.contract(lead_id, contract_id), leads.lead(lead_id)
    if contract is None or contract.state == "void" or contract.renewed_by:
        return
    if lead is not None and lead.status == "SIGNED" and not ended(contract, now):
        stored.keep(contract, now + timedelta(days=1))
        return
    if lead is None or lead.status != "WON" or not lead.keys:
        stored.keep(contract, None)
        return
    taken = take_in(_told(lead, contract), now)
    count("lead_renewed", became=taken.outcome)
    stored.keep(replace(contract, renewed_by=taken.lead_id), None)


def _told(lead: Lead, contract: Contract) -> Told:
    """Return the renewal as it is taken in: of the same person, for whoever owned the lead."""
    new = Lead(
        "",
        "NEW",
        "renewal",
        name=lead.name,
        company=lead.company,
        channel_id=lead.channel_id,
        product=contract.product or lead.product,
        region=lead.region,
        customer_id=lead.customer_id,
    )
    detail = {"note": f"合同 {contract.end_date} 到期", "params": {"contract_id": contract.contract_id}}
    return Told("renewal", f"{lead.lead_id}#{contract.contract_id}", lead.keys, new, detail)
