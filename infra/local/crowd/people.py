"""Made-up customers as the product stores them, drawn from a seed: their sources, card and postings.

Everything is made by the product's own rows and rules; nothing here says what a row looks like. The
environment of the functions has to be set (TABLE_NAME, …) before the first person is drawn.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scrm.cards.model import Card
    from scrm.customers.model import Contact, Customer, Relation
    from scrm.facts.model import Orders
    from scrm.facts.tally import Tally

MONTHS = 24
MEMBERS = 20
"""Whom the made-up friends have added. WeCom knows none of them, so that reconciliation passes them over."""

PRODUCT = "P-1"
Item = dict[str, Any]


@dataclass(frozen=True)
class Person:
    """A customer of the CRM with their orders; with a contact and a relation when a member knows them."""

    customer: Customer
    tally: Tally
    contact: Contact | None
    relation: Relation | None
    card: Card

    def sources(self, now: datetime) -> list[Item]:
        """Return what the card follows from, as stored."""
        from scrm.customers.rows_dynamodb import ContactRow, CustomerRow, RelationRow
        from scrm.facts.dynamodb import FactsRow
        from scrm.identities.dynamodb import IdentityRow

        rows: list[Any] = [
            *(
                IdentityRow.of(*each, self.customer.customer_id, now.astimezone(UTC))
                for each in self.customer.identities
            ),
            CustomerRow.of(self.customer),
            FactsRow.of(self.customer.customer_id, self.tally, now),
        ]
        if self.contact and self.relation:
            rows += [ContactRow.of(self.contact), RelationRow.of(self.relation)]
        return [row.serialize() for row in rows]

    def followed(self, now: datetime) -> list[Item]:
        """Return what follows from the sources, as refresh_cards leaves it: the card and its postings."""
        from scrm.cards.dynamodb import CardRow
        from scrm.cards.postings import postings

        keys = sorted((each.pk, each.sk) for each in postings(self.card))
        card = CardRow.of(self.card, 1, now).serialize()
        return [card, *({"PK": {"S": pk}, "SK": {"S": sk}} for pk, sk in keys)]

    @property
    def month(self) -> str:
        """Return the month that the list has to know of."""
        from scrm.cards.dynamodb import month_of

        return month_of(self.card)


def people(
    number: int, chance: random.Random, now: datetime, *, friends: float = 0.0, product: str = PRODUCT
) -> Iterator[Person]:
    """Yield customers who became known within the last two years, two in five with orders of `product`.

    `friends` is the share whom a member knows. Who they are and what they bought depends on `chance` alone;
    when it was, on `now` too.
    """
    from scrm.cards.making import cards_of
    from scrm.customers.model import Customer
    from scrm.facts.tally import Tally

    for _ in range(number):
        customer_id = f"cu_{chance.getrandbits(96):024x}"
        created = (now - timedelta(days=chance.uniform(0, 30 * MONTHS))).replace(microsecond=0)
        tally = Tally(orders=_orders(chance, now, product))
        name = f"客户{chance.randrange(10**6)}"
        crmid = f"C{chance.getrandbits(64):016X}"
        friend = chance.random() < friends
        contact, relation = _friendship(customer_id, name, chance, created) if friend else (None, None)
        customer = Customer(
            customer_id,
            external_userids=(contact.external_userid,) if contact else (),
            name=name,
            identities=(("crmid", crmid),),
            version=1,
            created_at=created,
            updated_at=created,
        )
        contacts = [contact] if contact else []
        relations = [relation] if relation else []
        (card,) = cards_of(customer, contacts, relations, tally.facts((), 1), (), (), now)
        yield Person(customer, tally, contact, relation, card)


def _orders(chance: random.Random, now: datetime, product: str) -> Orders:
    from scrm.facts.model import Bought, Orders
    from scrm.moments import BEIJING

    count = chance.choices((0, 1, 2, 5), (60, 25, 12, 3))[0]
    days, each = chance.uniform(0, 300), chance.randrange(1_000, 400_000)
    if not count:
        return Orders()
    at = (now - timedelta(days=days)).replace(microsecond=0)
    window = ((at.astimezone(BEIJING).date().isoformat(), count, count * each),)
    bought = (Bought(product, "", count, count * each, at),)
    return Orders(count, count * each, at, at, window, (product,), bought, paid=True)


def _friendship(customer_id: str, name: str, chance: random.Random, at: datetime) -> tuple[Contact, Relation]:
    from scrm.customers.model import Contact, Relation
    from scrm.customers.relation import Fact

    external_userid = f"wm{customer_id.removeprefix('cu_')}"
    known: dict[str, Any] = {"version": 1, "created_at": at, "updated_at": at}
    contact = Contact(external_userid, customer_id, name=name, gender=chance.randrange(3), **known)
    relation = Relation(
        external_userid,
        f"crowd{chance.randrange(MEMBERS):02d}",
        facts=(Fact("add", int(at.timestamp()), f"made-{external_userid}"),),
        name=name,
        detail_at=at,
        **known,
    )
    return contact, relation
