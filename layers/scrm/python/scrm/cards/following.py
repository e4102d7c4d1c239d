"""What a change in the table asks of the cards: whom to make anew, which postings to write."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from scrm.cards.posting import CardChange, post
from scrm.cards.postings import POSTED_WITHIN
from scrm.cards.refreshing import Refresher
from scrm.cards.stored import card_of
from scrm.customers.dynamodb import Customers
from scrm.customers.rows_dynamodb import RELATIONS
from scrm.facts.dynamodb import row_class
from scrm.segments.members_dynamodb import STATE

Record = Mapping[str, Any]


@dataclass
class Following:
    """Follows the records of one batch: each customer is made anew once, their postings are written once.

    All records of a batch were written before it was delivered, and everything is read strongly: one look at
    a customer answers all their records in it.
    """

    records: Sequence[Record]
    refresher: Refresher
    customers: Customers
    now: datetime
    _done: set[str] = field(default_factory=set)

    def follow(self, record: Record) -> None:
        """Carry out what one change asks for, with all others of the batch on the same customer."""
        collection, place = _keys(record)
        kind, _, name = collection.partition("#")
        if kind == "CARD" and place != STATE:
            self._post(name)
            return
        for customer_id in self._concerned(kind, name, place, record):
            if customer_id not in self._done:
                self.refresher.refresh(customer_id, self.now)
                self._done.add(customer_id)

    def _concerned(self, kind: str, name: str, place: str, record: Record) -> list[str]:
        if kind == "CARD" or (kind == "CUSTOMER" and (place == "CUSTOMER" or row_class(place))):
            return [name]
        if kind == "CONTACT" and place == "CONTACT":
            images = (record["dynamodb"].get(each) or {} for each in ("OldImage", "NewImage"))
            owners = [each["customer_id"]["S"] for each in images if "customer_id" in each]
            return list(dict.fromkeys(owners))
        if kind == "CONTACT" and place.startswith(RELATIONS):
            contact = self.customers.contact(name, consistent=True)
            return [contact.customer_id] if contact else []
        return []

    def _post(self, customer_id: str) -> None:
        done = f"CARD#{customer_id}"
        if done in self._done:
            return
        theirs = [each for each in self.records if _keys(each)[0] == done and _keys(each)[1] != STATE]
        post(customer_id, [_change(each) for each in theirs])
        if any(_made_at(each) < self.now - POSTED_WITHIN / 2 for each in theirs):
            # Time may have passed a boundary before these postings could be found.
            self.refresher.refresh(customer_id, self.now)
        self._done.add(done)


def _keys(record: Record) -> tuple[str, str]:
    keys = record["dynamodb"]["Keys"]
    return keys["PK"]["S"], keys["SK"]["S"]


def _made_at(record: Record) -> datetime:
    made = (record["dynamodb"].get("NewImage") or {}).get("made_at", {}).get("S")
    return datetime.fromisoformat(made) if made else datetime.max.replace(tzinfo=UTC)


def _change(record: Record) -> CardChange:
    old, new = (
        (record["dynamodb"].get(each) or {}).get("card", {}).get("S") for each in ("OldImage", "NewImage")
    )
    return CardChange(card_of(old) if old else None, card_of(new) if new else None)
