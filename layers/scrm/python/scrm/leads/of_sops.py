"""What SOPs do with leads: make one of a customer, give a nurtured one back, list who refused (spec 3.5)."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Literal

from scrm.customers.dynamodb import Customers
from scrm.leads import dynamodb as stored
from scrm.leads import kinds_dynamodb, lists_dynamodb
from scrm.leads.intake import Told, take_in
from scrm.leads.kinds import as_kind
from scrm.leads.living import change
from scrm.leads.model import Key, Lead
from scrm.leads.policy import Pool
from scrm.leads.queueing import ask
from scrm.leads.saying import SHORT, contact_type
from scrm.leads.steps import woken
from scrm.leads.whose import keys_of
from scrm.telemetry import count

MOST_KEYS = 20
SOURCE: Literal["behaviour"] = "behaviour"

customers = Customers()


def made_of(customer_id: str, external_userid: str, cause: str, note: str, now: datetime) -> None:
    """Make a lead of a customer, or a touch on their open one; `cause` names it: the same again is the same.

    Nothing of who is erased. Raises KeyTaken when others kept taking the keys; trying again helps.
    """
    parts = customers.whole(customer_id, consistent=True)
    keys = tuple(keys_of(parts))[:MOST_KEYS]
    if not keys or parts[0].erased_at:
        return
    contact = None if parts[0].name else customers.contact(external_userid)
    name = parts[0].name or (contact.name if contact else "")
    lead = Lead("", "NEW", SOURCE, name=name[:SHORT], customer_id=parts[0].customer_id)
    lead = as_kind(lead, kinds_dynamodb.kept.get(now)[SOURCE])
    contacts = [{"type": contact_type(*each), "value": each[1]} for each in keys]
    take_in(Told(SOURCE, cause, keys, lead, {"note": note, "contacts": contacts}), now)


def given_back(lead_id: str, points: int, at: datetime, now: datetime) -> None:
    """Let it be decided whose a lead is that reached the goal of its nurture at `at` (SOP-26).

    One in NURTURE is in its pool again. Safe to repeat: what has happened to the lead since, stands.
    """
    try:
        lead = change(lead_id, partial(_woken, points=points, at=at), now)
    except LookupError:
        return
    if lead.status == "POOLED" and (lead.updated_at is None or lead.updated_at <= at):
        ask(lead.lead_id, lead.epoch)
        count("lead_nurtured")


def blacklisted(lead_id: str, at: datetime, until: datetime) -> None:
    """Put the keys of a lead that refused on the black list until then, but for those listed for good.

    Safe to repeat. 1 RRU and 1 WRU a key.
    """
    lead = stored.lead(lead_id)
    for each in _unlisted(lead) if lead else ():
        lists_dynamodb.list_until(each, "SOP：电话中拒绝", "system", at, until)


def _unlisted(lead: Lead) -> Iterable[Key]:
    for each in lead.keys:
        there = lists_dynamodb.listed(lists_dynamodb.entry_id_of(each))
        if there is None or there.until is not None:
            yield each


def _woken(lead: Lead, _: Pool, points: int, at: datetime) -> Lead:
    return woken(lead, points, at)
