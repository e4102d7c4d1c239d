"""Transaction steps for what the sidebar changes together with its audit line."""

from dataclasses import replace
from datetime import UTC, datetime

from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from scrm.audit.dynamodb import Step
from scrm.customers.model import Customer, Relation
from scrm.customers.rows_dynamodb import CustomerRow, RelationRow
from scrm.customers.whole import divided, united


def relation_step(relation: Relation, now: datetime) -> tuple[Relation, Step]:
    """Return the relation as stored then, and the step that stores it over the version it was read with."""
    changed = replace(relation, version=relation.version + 1, updated_at=_whole(now))
    row, unchanged = RelationRow.of(changed), RelationRow.version == relation.version

    def step(transaction: TransactWrite) -> None:
        transaction.save(row, condition=unchanged)

    return changed, step


def customer_step(customer: Customer, now: datetime) -> tuple[Customer, Step]:
    """Return the customer as stored then, and the step that stores it; version 0 is a new one.

    A change of a united customer is divided among the parts: those that it changes are stored, and always
    the root.
    """
    before = customer.parts or (customer,)
    pairs = list(zip(divided(customer), before, strict=True))
    stored = [
        _next(part, now) if place == 0 or part != known else part for place, (part, known) in enumerate(pairs)
    ]
    saves = [
        (CustomerRow.of(part), _unchanged(known))
        for part, (_, known) in zip(stored, pairs, strict=True)
        if part.version != known.version
    ]

    def step(transaction: TransactWrite) -> None:
        for row, unchanged in saves:
            transaction.save(row, condition=unchanged)

    return united(stored), step


def _next(customer: Customer, now: datetime) -> Customer:
    at = _whole(now)
    created_at = customer.created_at or at
    return replace(customer, version=customer.version + 1, created_at=created_at, updated_at=at)


def _unchanged(known: Customer) -> Condition:
    if known.version:
        return CustomerRow.version == known.version
    return CustomerRow.version.does_not_exist()


def _whole(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(microsecond=0)
