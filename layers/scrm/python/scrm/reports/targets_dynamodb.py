"""How many leads a quarter is to bring: `TARGETS`/`<quarter>` (LED-32)."""

from collections.abc import Callable, Sequence

from pynamodb.attributes import JSONAttribute, NumberAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from scrm.reports.targets import Target
from scrm.table import Row

TARGETS = "TARGETS"


class TargetsRow(Row):
    """The targets of a quarter: [part, id, leads] each."""

    targets: JSONAttribute = JSONAttribute()
    version = NumberAttribute()


def targets_of(quarter: str) -> tuple[list[Target], int]:
    """Return the targets of a quarter and their version, strongly; version 0 before the first. 1 RRU."""
    try:
        row = TargetsRow.get(TARGETS, quarter, consistent_read=True)
    except TargetsRow.DoesNotExist:
        return [], 0
    return [Target(part, each_id, int(leads)) for part, each_id, leads in row.targets], int(row.version)


def put_step(quarter: str, targets: Sequence[Target], version: int) -> Callable[[TransactWrite], None]:
    """Return the transaction step that stores all targets of a quarter over the version that was read."""
    plain = [[each.part, each.id, each.leads] for each in targets]
    row = TargetsRow(TARGETS, quarter, targets=plain, version=version + 1)
    unchanged: Condition = TargetsRow.version == version
    if not version:
        unchanged = TargetsRow.version.does_not_exist()
    return lambda transaction: transaction.save(row, condition=unchanged)
