"""What tests of cards put into the table, and how they read cards back."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from scrm.customers.dynamodb import Customers
from scrm.customers.model import Contact, Customer, Relation
from scrm.customers.relation import Fact

AT = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)


def contact(external_userid: str = "wmE1", customer_id: str = "cu_1", name: str = "张三") -> Contact:
    """Store a contact and return it."""
    return Customers().save_contact(Contact(external_userid, customer_id, name), AT)


def customer(customer_id: str = "cu_1", **what: Any) -> Customer:
    """Store a customer, or change the one that is there; return it."""
    there = Customers().customer(customer_id, consistent=True)
    return Customers().save_customer(replace(there or Customer(customer_id), **what), AT)


def relation(external_userid: str = "wmE1", userid: str = "LiSi", at: datetime = AT, **what: Any) -> Relation:
    """Store a friendship that began at `at`, or change the one that is there; return it."""
    there = Customers().relation(external_userid, userid, consistent=True)
    new = Relation(external_userid, userid, (Fact("add", int(at.timestamp()), f"add-{userid}", ""),))
    return Customers().save_relation(replace(there or new, **what), at)


def friend(
    customer_id: str = "cu_1", external_userid: str = "wmE1", userid: str = "LiSi", **what: Any
) -> None:
    """Store a customer whom one member has added."""
    customer(customer_id, external_userids=(external_userid,))
    relation(external_userid, userid, **what)
    contact(external_userid, customer_id)


def tally(
    customer_id: str = "cu_1",
    *,
    orders: int = 0,
    acted: datetime | None = None,
    score_until: datetime | None = None,
) -> None:
    """Store what is counted of a customer: orders of AT, a share at `acted`, a score until a time."""
    from pynamodb.transactions import TransactWrite

    from scrm.facts.dynamodb import tally_of, tally_step
    from scrm.facts.model import Orders, Score
    from scrm.facts.tally import Tally
    from scrm.facts.tally import acted as with_act
    from scrm.table import Row

    window = (("2026-03-02", orders, 600_000 * orders),) if orders else ()
    bought = Orders(orders, 600_000 * orders, AT, AT, window) if orders else Orders()
    scores = (Score("intent", "high", "model-1", AT, "", score_until),) if score_until else ()
    changed = Tally(orders=bought, scores=scores, version=tally_of(customer_id).version)
    if acted:
        changed = with_act(changed, "share", acted, acted)
    with TransactWrite(connection=Row._get_connection().connection) as transaction:
        tally_step(customer_id, changed, AT)(transaction)


def members(segment_id: str) -> list[str]:
    """Return the ids of a segment's members."""
    from scrm.segments.members_dynamodb import every_member

    return [each.customer_id for each in every_member(segment_id)]


def cards(customer_id: str = "cu_1") -> list[Any]:
    """Return a customer's cards."""
    from scrm.cards.dynamodb import of_customer

    return of_customer(customer_id, consistent=True)


def segment(segment_id: str, condition: Any = None, kind: str = "dynamic", status: str = "active") -> Any:
    """Store a segment, or change the one that is there; return it."""
    from pynamodb.transactions import TransactWrite

    from scrm import clock
    from scrm.segments.dynamodb import head, put_step, tell_step
    from scrm.segments.dynamodb import segment as stored
    from scrm.segments.model import Segment
    from scrm.table import Row

    there = stored(segment_id) or Segment(segment_id, segment_id)
    changed = replace(there, kind=kind, status=status, condition=condition or {})
    saved, step = put_step(changed, clock.now())
    with TransactWrite(connection=Row._get_connection().connection) as transaction:
        step(transaction)
        tell_step(head())(transaction)
    return saved


def postings(tables: Any) -> set[tuple[str, str]]:
    """Return every posting there is."""
    rows = (*tables.rows("HAS#"), *tables.rows("RANGE#"))
    return {(row["PK"], row["SK"]) for row in rows}


def expected_postings(*customer_ids: str) -> set[tuple[str, str]]:
    """Return the postings that the cards of these customers ought to have."""
    from scrm.cards.postings import postings as of

    return {(each.pk, each.sk) for name in customer_ids for card in cards(name) for each in of(card)}
