"""That a pool's administrators were told that nobody was free: once an hour and pool (spec 4.1, L12)."""

from datetime import UTC, datetime, timedelta

from pynamodb.attributes import UnicodeAttribute
from pynamodb.exceptions import UpdateError

from scrm.leads.rules_dynamodb import RULES
from scrm.table import Row, rfc3339

EVERY = timedelta(hours=1)


class AlertedRow(Row):
    """When the administrators of a pool were last told, and of what."""

    at = UnicodeAttribute()
    source = UnicodeAttribute()


def tells(pool_id: str, source: str, at: datetime) -> bool:
    """Return whether `source` is to be told, and record it; the same source is told again alike. 1 WRU.

    What is older than the last that was told is not.
    """
    row = AlertedRow(RULES, f"ALERTED#{pool_id}")
    free_again = AlertedRow.at <= rfc3339((at - EVERY).astimezone(UTC))
    try:
        row.update(
            [AlertedRow.at.set(rfc3339(at.astimezone(UTC))), AlertedRow.source.set(source)],
            condition=AlertedRow.pk.does_not_exist() | free_again | (AlertedRow.source == source),
        )
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        return False
    return True
