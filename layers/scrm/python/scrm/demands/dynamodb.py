"""Rows of demands: `DEMAND_KINDS` holds the schemas, `DEMANDS#<customer_id>` what a customer needs."""

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import UTC, datetime

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.transactions import TransactWrite

from scrm.audit.dynamodb import Step
from scrm.demands.model import MOST_DEMANDS, Demand, DemandField, DemandKind
from scrm.table import Row, rfc3339

KINDS = "DEMAND_KINDS"
KIND = "KIND#"
DEMAND = "DEMAND#"


class KindRow(Row):
    """One kind of demand."""

    name = UnicodeAttribute()
    fields: JSONAttribute = JSONAttribute()
    active = BooleanAttribute(default=True)
    version = NumberAttribute()
    updated_at = UnicodeAttribute()

    def entity(self) -> DemandKind:
        """Return the row as the rest of the product knows it."""
        fields = tuple(DemandField(**{**each, "options": tuple(each["options"])}) for each in self.fields)
        at = datetime.fromisoformat(self.updated_at)
        return DemandKind(self.sk.removeprefix(KIND), self.name, fields, self.active, int(self.version), at)


class DemandRow(Row):
    """One demand of a customer."""

    kind = UnicodeAttribute()
    values: JSONAttribute = JSONAttribute()
    status = UnicodeAttribute()
    by = UnicodeAttribute()
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    version = NumberAttribute()

    def entity(self) -> Demand:
        """Return the row as the rest of the product knows it."""
        return Demand(
            self.sk.removeprefix(DEMAND),
            self.kind,
            dict(self.values),
            self.status,  # type: ignore[arg-type]  # only our own writer fills it
            self.by,
            datetime.fromisoformat(self.created_at),
            datetime.fromisoformat(self.updated_at),
            int(self.version),
        )


def kinds() -> dict[str, DemandKind]:
    """Return every kind by key: one query, by bytes."""
    rows = KindRow.query(KINDS, KindRow.sk.startswith(KIND), consistent_read=True)
    return {each.key: each for each in (row.entity() for row in rows)}


def kind_step(wanted: DemandKind, now: datetime) -> tuple[DemandKind, Step]:
    """Return a kind as stored then, and the step that stores it over the version read (0: a new one)."""
    changed = replace(wanted, version=wanted.version + 1, updated_at=_whole(now))
    row = KindRow(
        KINDS,
        KIND + wanted.key,
        name=wanted.name,
        fields=[asdict(each) for each in wanted.fields],
        active=wanted.active,
        version=changed.version,
        updated_at=rfc3339(_whole(now)),
    )
    unchanged = KindRow.version == wanted.version if wanted.version else KindRow.version.does_not_exist()

    def step(transaction: TransactWrite) -> None:
        transaction.save(row, condition=unchanged)

    return changed, step


def demands(customer_ids: Iterable[str]) -> list[tuple[str, Demand]]:
    """Return (customer id, demand) of a customer who is all of these, latest first.

    A query for each id, strongly consistent, by bytes.
    """
    found = [
        (each, row.entity())
        for each in customer_ids
        for row in DemandRow.query(_pk(each), consistent_read=True, limit=MOST_DEMANDS)
    ]
    return sorted(found, key=lambda named: (named[1].created_at, named[1].demand_id), reverse=True)


def demand_step(customer_id: str, wanted: Demand, now: datetime) -> tuple[Demand, Step]:
    """Return a demand as stored then, and the step that stores it over the version read (0: a new one)."""
    changed = replace(wanted, version=wanted.version + 1, updated_at=_whole(now))
    row = DemandRow(
        _pk(customer_id),
        DEMAND + wanted.demand_id,
        kind=wanted.kind,
        values=dict(wanted.values),
        status=wanted.status,
        by=wanted.by,
        created_at=rfc3339(wanted.created_at.astimezone(UTC)),
        updated_at=rfc3339(_whole(now)),
        version=changed.version,
    )
    unchanged = DemandRow.version == wanted.version if wanted.version else DemandRow.version.does_not_exist()

    def step(transaction: TransactWrite) -> None:
        transaction.save(row, condition=unchanged)

    return changed, step


def _pk(customer_id: str) -> str:
    return f"DEMANDS#{customer_id}"


def _whole(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(microsecond=0)
