"""Each word on a purpose as it was told: `CUSTOMER#<customer_id>` / `CONSENT#<time>#<id>`, never changed."""

from collections.abc import Sequence
from hashlib import sha256

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute
from pynamodb.transactions import TransactWrite

from scrm.audit.dynamodb import Step
from scrm.privacy.consent import Change
from scrm.table import Row

PREFIX = "CONSENT#"


class ConsentRow(Row):
    """One word on one purpose."""

    purpose = UnicodeAttribute()
    given = BooleanAttribute()
    source = UnicodeAttribute()
    by = UnicodeAttribute()


def history_step(customer_id: str, changes: Sequence[Change]) -> Step:
    """Return the transaction step that keeps these words; the same word again is the same row."""
    rows = [_row(customer_id, change) for change in changes]

    def step(transaction: TransactWrite) -> None:
        for row in rows:
            transaction.save(row)

    return step


def history(customer_ids: Sequence[str], limit: int = 200) -> list[tuple[str, ConsentRow]]:
    """Return (time, word) of these customers together, newest first: one query each, by bytes."""
    found = [
        (row.sk.split("#")[1], row)
        for each in customer_ids
        for row in ConsentRow.query(
            f"CUSTOMER#{each}", ConsentRow.sk.startswith(PREFIX), scan_index_forward=False, limit=limit
        )
    ]
    return sorted(found, key=lambda each: (each[0], each[1].sk), reverse=True)[:limit]


def _row(customer_id: str, change: Change) -> ConsentRow:
    plain = change.plain
    text = "\0".join((change.purpose, str(change.given), change.source, change.by))
    identity = sha256(text.encode()).hexdigest()[:12]
    return ConsentRow(
        f"CUSTOMER#{customer_id}",
        f"{PREFIX}{plain['at']}#{identity}",
        purpose=change.purpose,
        given=change.given,
        source=change.source,
        by=change.by,
    )
