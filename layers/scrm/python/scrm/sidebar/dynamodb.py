"""Transaction steps for what the sidebar changes together with its audit line."""

from dataclasses import replace
from datetime import UTC, datetime

from pynamodb.transactions import TransactWrite

from scrm.audit.dynamodb import Step
from scrm.customers.model import Customer, Relation
from scrm.customers.rows_dynamodb import CustomerRow, RelationRow


def relation_step(relation: Relation, now: datetime) -> tuple[Relation, Step]:
    """Return the relation as stored then, and the step that stores it over the version it was read with."""
    changed = replace(relation, version=relation.version + 1, updated_at=_whole(now))
    row, unchanged = RelationRow.of(changed), RelationRow.version == relation.version

    def step(transaction: TransactWrite) -> None:
        transaction.save(row, condition=unchanged)

    return changed, step


def customer_step(customer: Customer, now: datetime) -> tuple[Customer, Step]:
    """Return the customer as stored then, and the step that stores it; version 0 is a new one."""
    at = _whole(now)
    changed = replace(
        customer, version=customer.version + 1, created_at=customer.created_at or at, updated_at=at
    )
    row = CustomerRow.of(changed)
    unchanged = (
        CustomerRow.version == customer.version if customer.version else CustomerRow.version.does_not_exist()
    )

    def step(transaction: TransactWrite) -> None:
        transaction.save(row, condition=unchanged)

    return changed, step


def _whole(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(microsecond=0)
