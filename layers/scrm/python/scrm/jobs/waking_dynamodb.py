"""Every night: chunks of jobs that waited for another day go on. They are queued from the table's stream."""

from datetime import UTC, datetime

from pynamodb.exceptions import UpdateError
from pynamodb.expressions.update import Action

from scrm.jobs.rows_dynamodb import WAITING, ChunkRow
from scrm.table import DueRow, rfc3339


def wake(now: datetime) -> int:
    """Let go on what has waited until `now`; return how many chunks. Safe to repeat.

    0.5 RRU when nothing waits; 2 WRU a chunk, by bytes.
    """
    due = DueRow.by_due.query(WAITING, DueRow.due_sk < f"{rfc3339(now.astimezone(UTC))}$")
    return sum(_let_go(row) for row in [*due])


def _let_go(row: DueRow) -> bool:
    actions: list[Action] = [ChunkRow.due_pk.remove(), ChunkRow.due_sk.remove()]
    try:
        ChunkRow(row.pk, row.sk).update(actions, condition=ChunkRow.due_pk.exists())
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        return False
    return True
