"""Rows of kinds of intake: `LEADKINDS` holds one for each that somebody has changed."""

from collections.abc import Mapping

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute
from pynamodb.transactions import TransactWrite

from scrm.kept import Kept
from scrm.leads.dynamodb import Step
from scrm.leads.kinds import DEFAULTS, Kind, KindName
from scrm.table import Row

KINDS = "LEADKINDS"


class KindRow(Row):
    """One kind."""

    prelabels: JSONAttribute = JSONAttribute()
    needs_cleaning = BooleanAttribute()
    version = NumberAttribute()

    def entity(self, name: KindName) -> Kind:
        """Return the row as the rest of the product knows it."""
        return Kind(name, tuple(self.prelabels), bool(self.needs_cleaning), int(self.version))


def kinds() -> Mapping[KindName, Kind]:
    """Return every kind by its name, strongly: one query, by bytes."""
    rows = KindRow.query(KINDS, consistent_read=True)
    told = {row.sk: row for row in rows}
    return {name: told[name].entity(name) if name in told else usual for name, usual in DEFAULTS.items()}


kept = Kept(kinds)
"""What intake asks: a changed kind counts within a minute."""


def put_step(wanted: Kind) -> Step:
    """Return the step that stores a kind over the version read."""
    row = KindRow(
        KINDS,
        wanted.name,
        prelabels=list(wanted.prelabels),
        needs_cleaning=wanted.needs_cleaning,
        version=wanted.version + 1,
    )
    unchanged = KindRow.version == wanted.version if wanted.version else KindRow.version.does_not_exist()

    def step(transaction: TransactWrite) -> None:
        transaction.save(row, condition=unchanged)

    return step
