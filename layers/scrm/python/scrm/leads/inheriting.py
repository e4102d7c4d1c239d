"""Handing a customer's leads and their service on with the customer (spec 5: SETTLED moves them)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from scrm.leads import dynamodb as stored
from scrm.leads.handing import hand_on
from scrm.leads.last_dynamodb import last
from scrm.leads.living import change
from scrm.leads.model import Lead
from scrm.leads.steps import inherited
from scrm.leads.whose import keys_of, parts_of
from scrm.staff.model import key
from scrm.telemetry import count

SERVED = frozenset({"SIGNED", "WON", "LOST"})
"""Leads that may have gone to service; a sale that was taken back may still be served."""


@dataclass(frozen=True)
class Inherited:
    """How many of a customer's leads moved, and which they all are."""

    moved: int
    lead_ids: frozenset[str]


def inherit(customer_id: str, handover: str, takeover: str, now: datetime, reason: str = "") -> Inherited:
    """Give a customer's leads from one member to another: open ones, and won ones.

    What the member has of the service after a sale goes along, whoever is accountable for the lead.

    Who is accountable for a won lead has its renewals and what its customer buys later; its status stays.
    Safe to repeat: what is not the former owner's any more is left. 1 RRU for each key and lead, 1 more for
    one that was signed; a change for each that moves. Raises LeadChanged or HandoverContended when others
    kept changing one; trying again goes on from there.
    """
    moved, leads = 0, list(_leads_of(customer_id))
    for lead in leads:
        if lead.status in SERVED and hand_on(lead.lead_id, handover, takeover):
            count("service_inherited")
        if _is_theirs(lead, handover):
            after = change(
                lead.lead_id,
                lambda before, _: (
                    inherited(before, takeover, now, reason) if _is_theirs(before, handover) else before
                ),
                now,
            )
            moved += key(after.owner) == key(takeover)
    count("leads_inherited", moved)
    return Inherited(moved, frozenset(each.lead_id for each in leads))


def _is_theirs(lead: Lead, userid: str) -> bool:
    return (lead.is_owned or lead.status == "WON") and key(lead.owner) == key(userid)


def _leads_of(customer_id: str) -> Iterator[Lead]:
    """Yield a customer's leads: those of their keys, and the ones that each of these follows."""
    keys = keys_of(parts_of([customer_id]))
    waiting = [*stored.having(keys).values(), *(each.lead_id for each in last(keys))]
    seen: set[str] = set()
    while waiting:
        lead_id = waiting.pop()
        lead = None if lead_id in seen else stored.lead(lead_id)
        seen.add(lead_id)
        if lead:
            yield lead
            waiting += [lead.previous_lead_id] if lead.previous_lead_id else []
