"""What happens to leads because of something else: a customer acts, an owner leaves, friendships end."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from scrm.customers.dynamodb import Customers
from scrm.customers.model import Relation
from scrm.leads import dynamodb as stored
from scrm.leads.assigning import held
from scrm.leads.history_dynamodb import history
from scrm.leads.living import change
from scrm.leads.model import Key, Lead
from scrm.leads.policy import Pool
from scrm.leads.protection import fired
from scrm.leads.steps import INHERITANCE, acted, recycled, scored
from scrm.leads.whose import keys_of, open_leads, parts_of
from scrm.staff.dynamodb import member
from scrm.staff.model import Member, key
from scrm.telemetry import count

SYSTEM = "system"
GONE = frozenset({"disabled", "left"})

customers = Customers()


def customer_acted(customer_id: str, external_userid: str, at: datetime, now: datetime) -> None:
    """Extend the protection of the open leads of a customer who replied or came at `at`. Safe to repeat.

    1 RRU where the contact has a lead, some more where other keys have to be asked; a lead that gains
    nothing is not written. What is said to be later than now is of now.
    """
    at = min(at, now)
    keys: list[Key] = [("external_userid", external_userid)] if external_userid else []
    found = open_leads(keys) or open_leads(keys_of(parts_of([customer_id])))
    for each in found:
        change(each.lead_id, lambda lead, pool: acted(lead, pool.protection, at), now)


def told_score(lead_id: str, score: int, at: datetime, now: datetime) -> None:
    """Give a lead the score that a touch at `at` told of it; one in NURTURE wakes at 60 (spec 2.3).

    Safe to repeat. 1 RRU where the score changes nothing.
    """
    if (there := stored.lead(lead_id)) and there.is_open:
        change(lead_id, lambda lead, _: scored(lead, score, at) if lead.is_open else lead, now)


def owner_left(userid: str, now: datetime) -> int:
    """Give the leads of a member who is gone back to their pools (R5); return how many.

    Safe to repeat, and late: what went back is no longer theirs, and who has come back since keeps theirs.
    SIGNED leads stay for who inherits them, and locked ones. 1 RRU, one query, and a change for each lead.
    """
    if not _is_gone(member(userid, consistent=True), unknown=True):
        return 0
    theirs = [each for each in stored.of_owner(userid) if each.is_owned]
    return sum(_recycled_where(each.lead_id, now, owner=userid) for each in theirs)


def came_to(lead_id: str, owner: str, now: datetime) -> None:
    """Give a lead back to its pool at once where its new owner is gone (R5). Safe to repeat. 1 RRU.

    Whoever gave it knew a directory that was up to a minute old, and had not heard that they left.
    """
    if _is_gone(member(owner, consistent=True), unknown=False):
        _recycled_where(lead_id, now, owner=owner)


def relation_lost(external_userid: str, now: datetime) -> None:
    """Give the lead of a contact whom nobody is friends with any more back to its pool (R6). Repeatable.

    A friendship that is being handed over is not lost: WeCom may end it before it tells of the other.
    """
    _, relations = customers.collection(external_userid, consistent=True)
    if any(each.status == "active" or _is_handed_over(each) for each in relations):
        return
    for each in open_leads([("external_userid", external_userid)]):
        if each.is_owned:
            _recycled_where(each.lead_id, now)


def _is_handed_over(relation: Relation) -> bool:
    return bool(relation.transfer_to) and relation.status == "transferred_out"


def steps_of(lead_id: str) -> list[dict[str, Any]]:
    """Return the steps of a lead's history, as a customer's trace tells them. One query, by bytes."""
    return [
        {
            "version": int(row.sk.rpartition("#")[2]),
            "trigger": row.trigger,
            "status": row.to,
            "at": datetime.fromisoformat(row.at).astimezone(UTC),
            "by": None if row.by in {SYSTEM, INHERITANCE} else row.by,
        }
        for row in history(lead_id)
        if row.at
    ]


def _is_gone(there: Member | None, *, unknown: bool) -> bool:
    return unknown if there is None else there.status in GONE


def _recycled_where(lead_id: str, now: datetime, *, owner: str = "") -> bool:
    """Recycle a lead because its `owner` is gone, "": because nobody is friends with its person any more."""

    def rule(lead: Lead, pool: Pool) -> Lead:
        if not lead.is_owned or (owner and key(lead.owner) != key(owner)):
            return lead
        there = replace(held(lead), owner_left=bool(owner), relations_lost=not owner)
        why = fired(there, pool.protection, now)
        return recycled(lead, pool.protection, "system", SYSTEM, now, why) if why else lead

    gone = not change(lead_id, rule, now).is_owned
    if gone:
        count("lead_recycled", rule="R5" if owner else "R6")
    return gone
