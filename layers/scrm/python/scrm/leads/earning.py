"""What wins a lead, and what takes that back: payments, opened accounts, refunds (LED-20, INT-02, INT-08).

A payment or an account is of the lead of the same person: whoever the order's customer is today, all their
hard keys (phone, unionid, external_userid, crmid) are looked up among the open leads, and the oldest SIGNED
one is won. Each is asked again whenever the order, the lead or the account changes, so that every order of
arrival ends the same; each wins one lead at most, ever. The first payment for a lead that an account has won
is what it was won by from then on: when all of it is paid back the lead is lost. A lead that an account has
won while nobody was known by its keys becomes the customer's whose order comes later.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from scrm.attribution.shares_dynamodb import ordered
from scrm.customers.model import Customer
from scrm.leads import dynamodb as stored
from scrm.leads import evidence_dynamodb as evidence
from scrm.leads.contracts import paid_back, pays
from scrm.leads.doubts import shared_by_themself
from scrm.leads.doubts_dynamodb import new_steps
from scrm.leads.dynamodb import Step
from scrm.leads.last_dynamodb import last
from scrm.leads.living import change
from scrm.leads.model import Lead
from scrm.leads.steps import moved
from scrm.leads.united import contracts_of
from scrm.leads.whose import customers_of, keys_of, open_leads, parts_of
from scrm.orders import dynamodb as orders
from scrm.orders.model import Order, Sale
from scrm.privacy.person import PSEUDONYM
from scrm.telemetry import count

SYSTEM = "system"
REFUNDED = "refunded"


def settle_order(source: str, order_no: str, now: datetime) -> None:
    """Let an order win the lead it pays for, or lose it when all is paid back. Safe to repeat, in any order.

    Raises LeadChanged when others kept changing the lead; trying again helps. 2 RRU for an order that nobody
    paid or that has won a lead, and 1 for each of the customer's keys otherwise.
    """
    order = orders.order(source, order_no)
    sale, lead_id = order.sale(), evidence.won_by_order(source, order_no)
    if not lead_id and order.customer_id and sale.paid_at:
        lead_id = _won_by(order, order.customer_id, now)
    if lead_id and paid_back(sale):
        _lose(lead_id, evidence.order_evidence(source, order_no), now)


def settle_account(crmid: str, now: datetime) -> None:
    """Let the accounts that were opened for a CRM record win their leads, each one. Safe to repeat."""
    for source_id, at in evidence.opened(crmid):
        people = _people_of(crmid)
        root = people[0].customer_id if people else ""
        for lead in _signed([("crmid", crmid), *keys_of(people)]):
            steps = evidence.won_by_account_steps(lead.lead_id, crmid, source_id)
            if lead.created_at is not None and lead.created_at <= at and _win(lead, steps, root, now):
                break


def settle_lead(lead_id: str, now: datetime) -> None:
    """Ask the evidence that was there before the contract. Safe to repeat. A query for each customer id."""
    lead = stored.lead(lead_id)
    if lead is None or lead.status != "SIGNED":
        return
    people = customers_of(lead)
    for source, order_no in _paid_orders([each.customer_id for each in people]):
        settle_order(source, order_no, now)
    for crmid in dict.fromkeys(value for kind, value in [*lead.keys, *keys_of(people)] if kind == "crmid"):
        settle_account(crmid, now)


def _won_by(order: Order, customer_id: str, now: datetime) -> str:
    """Return the lead that an order wins now; "" for none."""
    source, order_no, sale = order.source, order.order_no, order.sale()
    if customer_id.startswith(PSEUDONYM):
        return ""
    parts = parts_of([customer_id])
    for lead in _signed(keys_of(parts)):
        if _pays_for(lead, sale):
            root = parts[0].customer_id
            steps = evidence.won_by_order_steps(lead.lead_id, source, order_no)
            if _win(lead, steps, root, now, _sharer(order)):
                return lead.lead_id
    return _paid_for(parts, source, order_no, sale, now)


def _paid_for(parts: Sequence[Customer], source: str, order_no: str, sale: Sale, now: datetime) -> str:
    """Return the lead that an account has won and that this is the first payment for; "" for none.

    One that was won before anybody was known by its keys is this customer's from here on.
    """
    won = (each.lead_id for each in last(keys_of(parts)) if each.status == "WON")
    for lead_id in dict.fromkeys(won):
        lead, told = _joined(lead_id, parts[0].customer_id, now), evidence.evidence_of(lead_id)
        if lead and lead.status == "WON" and evidence.is_account(told) and _pays_for(lead, sale):
            evidence.paid_for(lead, told, source, order_no)
            return lead_id
    return ""


def _sharer(order: Order) -> str:
    """Return the member through whose send an order came, as it says itself; "" for nobody. 1 RRU."""
    placed = order.placed
    found = ordered(placed.share_id, placed.at) if placed and placed.share_id else None
    return found.userid if found else ""


def _joined(lead_id: str, customer_id: str, now: datetime) -> Lead | None:
    """Return a lead, which is the customer's from here on where it is won and nobody's; None without one.

    Reports of campaigns and cohorts count what a lead's customer buys. Safe to repeat. 1 RRU when it is.
    """
    there = stored.lead(lead_id)
    if there is None or there.customer_id or there.status != "WON":
        return there
    at = now.replace(microsecond=0)

    def joined(before: Lead, _: object) -> Lead:
        if before.customer_id or before.status != "WON":
            return before
        step = replace(before, trigger="convert", reason="", updated_by=SYSTEM, updated_at=at)
        return replace(step, customer_id=customer_id)

    return change(lead_id, joined, now)


def _pays_for(lead: Lead, sale: Sale) -> bool:
    signed = [each.signed_at for each in contracts_of(lead) if each.state == "signed"]
    return lead.created_at is not None and pays(sale, lead.created_at, min(signed, default=None))


def _signed(keys: Sequence[tuple[str, str]]) -> list[Lead]:
    return [each for each in open_leads(dict.fromkeys(keys)) if each.status == "SIGNED"]  # type: ignore[arg-type]


def _win(lead: Lead, steps: Sequence[Step], customer_id: str, now: datetime, sharer: str = "") -> bool:
    """Make a lead won; return whether it is by this: one that is no longer SIGNED uses no evidence up.

    `sharer` is the member through whose share it was ordered: where all was theirs a second person looks.
    """
    wins = False

    def won(before: Lead, _: object) -> Lead:
        if before.status != "SIGNED":
            return before
        there = shared_by_themself(moved(before, "win", "system", SYSTEM, now), sharer)
        return replace(there, customer_id=before.customer_id or customer_id)

    def used(before: Lead, after: Lead) -> Sequence[Step]:
        nonlocal wins
        wins = before.status == "SIGNED"
        return [*steps, *new_steps(before, after)] if wins else ()

    change(lead.lead_id, won, now, used)
    if wins:
        count("lead_won")
    return wins


def _lose(lead_id: str, by: str, now: datetime) -> None:
    """Make a won lead lost, where this is what it was won by."""
    if evidence.evidence_of(lead_id) != by:
        return

    def lost(before: Lead, _: object) -> Lead:
        return moved(before, "refund", "system", SYSTEM, now, REFUNDED) if before.status == "WON" else before

    change(lead_id, lost, now)


def _people_of(crmid: str) -> list[Customer]:
    lead = Lead("", "NEW", "manual", keys=(("crmid", crmid),))
    return customers_of(lead)


def _paid_orders(customer_ids: Sequence[str]) -> list[tuple[str, str]]:
    found = [each for customer in customer_ids for each in orders.named_sales(customer, consistent=True)]
    paid = [(sale.paid_at, source, order_no) for source, order_no, sale in found if sale.paid_at]
    return [(source, order_no) for _, source, order_no in sorted(paid)]
