"""Making a departed member's customer known whom nobody had told of: relation, contact, customer (INH-02)."""

from dataclasses import replace
from datetime import datetime, timedelta

from scrm import telemetry
from scrm.config import corp
from scrm.customers.dynamodb import Customers
from scrm.customers.model import Relation, VersionConflict
from scrm.customers.person import People
from scrm.customers.recording import noted
from scrm.customers.relation import Fact, learn
from scrm.identities.dynamodb import Identities
from scrm.privacy.receipts_dynamodb import is_forgotten
from scrm.staff.model import key
from scrm.wecom import customers as wecom_customers
from scrm.wecom.customers import CustomerDetail
from scrm.wecom.deployed import wecom
from scrm.wecom.errors import NoCustomerContact, NotFriend, OutOfRange, UnknownCustomer, UnknownStaff
from scrm.wecom.transfers import Unassigned

_NOT_SHOWN = (UnknownCustomer, UnknownStaff, NotFriend, OutOfRange, NoCustomerContact)
_ATTEMPTS = 3
SOME_TIME = timedelta(days=3)
"""Where WeCom does not tell since when they were friends: so long before the member left, and no news."""
customers = Customers()


def make_known(row: Unassigned, now: datetime) -> bool:
    """Record a customer that WeCom lists as a departed member's; return whether there was anything to record.

    What we know to have ended stays so, and of somebody erased nothing is recorded. Safe to repeat. One call,
    some 4 WRU. Raises VersionConflict when others keep changing the relation, WeComError as the call does.
    """
    if is_forgotten(row.external_userid, row.left_at):
        telemetry.count("relation_of_erased")
        return False
    detail = _detail(row)
    people = People(corp().corp_id, customers, Identities())
    for attempt in range(_ATTEMPTS):
        before = customers.relation(row.external_userid, row.handover, consistent=True)
        if before and before.status != "none":
            return False
        people.record(row.external_userid, detail.customer if detail else None, now)
        try:
            customers.save_relation(_friends(before, row, detail, now), now)
        except VersionConflict:
            if attempt + 1 == _ATTEMPTS:
                raise
        else:
            return True
    return False


def _detail(row: Unassigned) -> CustomerDetail | None:
    try:
        return wecom_customers.customer(wecom(), row.external_userid)
    except _NOT_SHOWN as hidden:
        telemetry.count("detail_unavailable", errcode=hidden.errcode)
        return None


def _friends(
    before: Relation | None, row: Unassigned, detail: CustomerDetail | None, now: datetime
) -> Relation:
    """Return the relation as a friendship that was observed, with what WeCom shows of it."""
    relation = before or Relation(row.external_userid, row.handover)
    shown = next(
        (each for each in (detail.relations if detail else ()) if key(each.userid) == key(row.handover)), None
    )
    left = row.left_at or int(now.timestamp())
    since = shown.added_at if shown and shown.added_at else left - int(SOME_TIME.total_seconds())
    fact = Fact("observed", since, f"observed-{since}")
    facts, forgotten = learn(relation.facts, fact, relation.forgotten_until)
    relation = replace(relation, facts=facts, forgotten_until=forgotten)
    name = detail.customer.name if detail else ""
    if shown:
        return noted(relation, shown, now, name)
    return replace(relation, name=name or relation.name)
