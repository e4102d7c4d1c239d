"""The steps of one transaction in which a lead goes into another, or out again (docs/decisions/0026)."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from pynamodb.transactions import TransactWrite

from scrm.leads.dynamodb import LeadRow, Step, UniqueRow, unique_pk
from scrm.leads.model import Key, Lead


def lead_step(after: Lead, before: Lead, due_at: datetime | None) -> Step:
    """Return the step that stores a lead over the version it was read with. 2 WRU for each KB."""
    row = LeadRow.of(replace(after, version=before.version + 1), due_at)
    return lambda transaction: transaction.save(row, condition=LeadRow.version == before.version)


def key_steps(keys: Iterable[Key], had_by: str, to: str) -> list[Step]:
    """Return the steps that give keys from one open lead to another, where they are the one's. 2 WRU each."""
    return [_key_step(each, had_by, to) for each in keys]


def _key_step(key: Key, had_by: str, to: str) -> Step:
    row = UniqueRow(unique_pk(key), "UNIQ", lead_id=to)

    def step(transaction: TransactWrite) -> None:
        transaction.save(row, condition=UniqueRow.lead_id == had_by)

    return step
