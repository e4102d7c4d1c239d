"""What a channel costs by month: `CHANNEL#<channel_id>` / `COSTS` (spec IDN-17). Money in fen."""

from collections.abc import Callable, Mapping

from pynamodb.attributes import JSONAttribute, NumberAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from scrm.table import Row

_SK = "COSTS"


class CostsRow(Row):
    """A channel's costs."""

    months: JSONAttribute = JSONAttribute()
    version = NumberAttribute()


def costs_of(channel_id: str) -> tuple[dict[str, int], int]:
    """Return (fen by month YYYY-MM, version), strongly read; version 0 before the first. 1 RRU."""
    try:
        row = CostsRow.get(f"CHANNEL#{channel_id}", _SK, consistent_read=True)
    except CostsRow.DoesNotExist:
        return {}, 0
    return {str(month): int(fen) for month, fen in dict(row.months).items()}, int(row.version)


def put_step(channel_id: str, months: Mapping[str, int], version: int) -> Callable[[TransactWrite], None]:
    """Return the transaction step that stores all months over the version that was read."""
    row = CostsRow(f"CHANNEL#{channel_id}", _SK, months=dict(sorted(months.items())), version=version + 1)
    unchanged: Condition = CostsRow.version == version
    if not version:
        unchanged = CostsRow.version.does_not_exist()
    return lambda transaction: transaction.save(row, condition=unchanged)
