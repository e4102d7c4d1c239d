"""The history of a lead: a row for each of its versions, written from the stream (docs/decisions/0024)."""

from collections.abc import Mapping
from typing import Any

from pynamodb.attributes import JSONAttribute, UnicodeAttribute

from scrm.leads.dynamodb import pk_of
from scrm.table import Row

HISTORY = "HISTORY#"


class HistoryRow(Row):
    """One step: from where to where, whose it was and is, who did it and why; the decision of one."""

    at = UnicodeAttribute()
    trigger = UnicodeAttribute()
    by = UnicodeAttribute(null=True)
    reason = UnicodeAttribute(null=True)
    start = UnicodeAttribute(null=True)
    to = UnicodeAttribute()
    former = UnicodeAttribute(null=True)
    owner = UnicodeAttribute(null=True)
    decision: JSONAttribute = JSONAttribute(null=True)


def put(lead_id: str, version: int, step: Mapping[str, Any]) -> None:
    """Record a step. The same version again writes the same row. 1 WRU for each KB."""
    row = HistoryRow(pk_of(lead_id), f"{HISTORY}{version:06d}")
    for name, value in step.items():
        setattr(row, name, value or None)
    row.save()


def history(lead_id: str) -> list[HistoryRow]:
    """Return a lead's steps, the first first: one query, by bytes."""
    return list(HistoryRow.query(pk_of(lead_id), HistoryRow.sk.startswith(HISTORY)))
