"""One audit line for each message redriven: `REDRIVEN#<queue>`, `<message id>` marks that it is written."""

from datetime import datetime, timedelta

from pynamodb.attributes import NumberAttribute
from pynamodb.transactions import TransactWrite

from scrm.audit.dynamodb import WriteRefused, record
from scrm.table import Row

# Longer than a dead letter can live (14 days).
KEPT = timedelta(days=30)


class RedrivenRow(Row):
    """A message whose redrive is in the audit log."""

    expires_at = NumberAttribute()


def note(queue: str, message_id: str, now: datetime, requested_by: str, request_id: str) -> None:
    """Write the audit line of a message's redrive, once however often it is asked for. Raises AuditBusy."""
    row = RedrivenRow(f"REDRIVEN#{queue}", message_id, expires_at=int((now + KEPT).timestamp()))

    def mark(transaction: TransactWrite) -> None:
        transaction.save(row, condition=RedrivenRow.pk.does_not_exist())

    subject = f"{queue}/{message_id}"
    try:
        record(requested_by, "message_redriven", subject, None, None, request_id, now, writes=[mark])
    except WriteRefused:
        return
