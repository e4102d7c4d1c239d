"""Contacts, relations and customers as stored (docs/data-model.md); their rows are in rows_dynamodb.py."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from pynamodb.exceptions import PutError, TransactWriteError
from pynamodb.transactions import TransactWrite

from scrm.customers.model import Contact, Customer, Relation, VersionConflict
from scrm.customers.rows_dynamodb import (
    CONTACT,
    TRANSFERS,
    CollectionRow,
    ContactRow,
    CustomerRow,
    PendingRow,
    RelationRow,
    contact_pk,
    relation_sk,
)
from scrm.staff.model import key
from scrm.table import Row, in_transaction


class Customers:
    """Contacts, relations and customers as stored. Every save is conditional on the version read."""

    def collection(
        self, external_userid: str, *, consistent: bool = False
    ) -> tuple[Contact | None, list[Relation]]:
        """Return a contact and every member's relation with it, by userid: one query, by bytes.

        The relations tell of handovers under way.
        """
        contact: Contact | None = None
        relations: list[Relation] = []
        people = CollectionRow.sk.between(CONTACT, TRANSFERS)
        rows: Iterable[Any] = CollectionRow.query(
            contact_pk(external_userid), people, consistent_read=consistent
        )
        for row in rows:
            if isinstance(row, PendingRow):
                to = row.takeovers()
                relations = [replace(each, transfer_to=to.get(key(each.userid), "")) for each in relations]
                continue
            found: Contact | Relation = row.entity()
            if isinstance(found, Contact):
                contact = found
            else:
                relations.append(found)
        return contact, relations

    def contact(self, external_userid: str, *, consistent: bool = False) -> Contact | None:
        """Return a contact. 0.5 RRU, 1 when consistent."""
        try:
            return ContactRow.get(contact_pk(external_userid), CONTACT, consistent).entity()
        except ContactRow.DoesNotExist:
            return None

    def relation(self, external_userid: str, userid: str, *, consistent: bool = False) -> Relation | None:
        """Return the relation of a contact and a member, however the userid is spelt. 0.5 RRU, strong 1."""
        try:
            return RelationRow.get(
                contact_pk(external_userid), relation_sk(userid), consistent_read=consistent
            ).entity()
        except RelationRow.DoesNotExist:
            return None

    def customer(self, customer_id: str, *, consistent: bool = False) -> Customer | None:
        """Return a customer. 0.5 RRU, 1 when consistent."""
        try:
            return CustomerRow.get(f"CUSTOMER#{customer_id}", "CUSTOMER", consistent).entity()
        except CustomerRow.DoesNotExist:
            return None

    def several(self, customer_ids: Iterable[str]) -> dict[str, Customer]:
        """Return the customers that exist, by customer_id, as each is stored: a batch read for each 100."""
        keys = [(f"CUSTOMER#{each}", "CUSTOMER") for each in dict.fromkeys(customer_ids)]
        return {each.customer_id: each for each in (row.entity() for row in CustomerRow.batch_get(keys))}

    def root(self, customer_id: str, *, consistent: bool = False) -> Customer | None:
        """Return the customer whom this id means today: the one it was merged into, else itself.

        None when there is no such customer. 0.5 RRU, strong 1; as much again for each merge on the way.
        """
        found = self.customer(customer_id, consistent=consistent)
        met = {customer_id}
        while found and found.merged_into and found.merged_into not in met:
            met.add(found.merged_into)
            found = self.customer(found.merged_into, consistent=consistent) or found
        return found

    def whole(self, customer_id: str, *, consistent: bool = False) -> tuple[Customer, ...]:
        """Return the root of an id and everybody merged into it, the root first; empty when unknown.

        `scrm.customers.whole.united` makes one customer of them. A batch read more than `root` where
        somebody was merged, else none.
        """
        root = self.root(customer_id, consistent=consistent)
        if root is None:
            return ()
        if not root.absorbed:
            return (root,)
        keys = [(f"CUSTOMER#{each}", "CUSTOMER") for each in root.absorbed]
        rows = CustomerRow.batch_get(keys, consistent_read=consistent)
        found = {each.customer_id: each for each in (row.entity() for row in rows)}
        return (root, *(found[each] for each in root.absorbed if each in found))

    def save_relation(
        self, relation: Relation, now: datetime, also: Sequence[Callable[[TransactWrite], None]] = ()
    ) -> Relation:
        """Store a relation over the version it was read with (0: it is new); return it as stored.

        `also` are steps of the same transaction, which refuse as a changed relation does; it costs double.
        Raises VersionConflict when it changed meanwhile. 1 WRU for each KB.
        """
        saved = _next(relation, now)
        if also:
            _save_with(RelationRow.of(saved), RelationRow.version, relation.version, also)
        else:
            _save(RelationRow.of(saved), RelationRow.version, relation.version)
        return saved

    def save_contact(self, contact: Contact, now: datetime) -> Contact:
        """Store a contact over the version it was read with; return it. Raises VersionConflict. 1 WRU."""
        saved = _next(contact, now)
        _save(ContactRow.of(saved), ContactRow.version, contact.version)
        return saved

    def save_customer(self, customer: Customer, now: datetime) -> Customer:
        """Store a customer over the version it was read with; return it. Raises VersionConflict. 1 WRU."""
        saved = _next(customer, now)
        _save(CustomerRow.of(saved), CustomerRow.version, customer.version)
        return saved

    def contacts(self, external_userids: Iterable[str]) -> dict[str, Contact]:
        """Return the contacts that exist, by external_userid: a batch read for each 100."""
        keys = [(contact_pk(each), CONTACT) for each in dict.fromkeys(external_userids)]
        return {row.entity().external_userid: row.entity() for row in ContactRow.batch_get(keys)}

    def relations(self, userid: str, external_userids: Iterable[str]) -> dict[str, Relation]:
        """Return a member's relations with these contacts, by external_userid: a batch read for each 100."""
        keys = [(contact_pk(each), relation_sk(userid)) for each in dict.fromkeys(external_userids)]
        found = [row.entity() for row in RelationRow.batch_get(keys)]
        return {each.external_userid: each for each in found}


T = TypeVar("T", Contact, Relation, Customer)


def _next(thing: T, now: datetime) -> T:
    at = now.astimezone(UTC).replace(microsecond=0)
    return replace(thing, version=thing.version + 1, created_at=thing.created_at or at, updated_at=at)


def _save_with(
    row: Row, version: Any, expected: int, also: Sequence[Callable[[TransactWrite], None]]
) -> None:
    condition = version == expected if expected else version.does_not_exist()
    try:
        with in_transaction() as transaction:
            transaction.save(row, condition=condition)
            for step in also:
                step(transaction)
    except TransactWriteError as error:
        if any(reason and reason.code == "ConditionalCheckFailed" for reason in error.cancellation_reasons):
            raise VersionConflict from None
        raise


def _save(row: Row, version: Any, expected: int) -> None:
    condition = version == expected if expected else version.does_not_exist()
    try:
        row.save(condition=condition)
    except PutError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            raise VersionConflict from None
        raise
