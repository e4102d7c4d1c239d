"""Rows of signals: `LEADSIGNALS` holds one for each."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.transactions import TransactWrite

from scrm.kept import Kept
from scrm.leads.dynamodb import Step
from scrm.leads.signals import Signal
from scrm.table import Row, rfc3339

SIGNALS = "LEADSIGNALS"


class SignalRow(Row):
    """One signal."""

    name = UnicodeAttribute()
    kind = UnicodeAttribute()
    match = UnicodeAttribute(null=True)
    count_ = NumberAttribute(attr_name="count")
    days = NumberAttribute()
    condition: JSONAttribute = JSONAttribute(null=True)
    product = UnicodeAttribute(null=True)
    campaign = UnicodeAttribute(null=True)
    prelabels: JSONAttribute = JSONAttribute()
    active = BooleanAttribute(default=True)
    version = NumberAttribute()
    created_by = UnicodeAttribute()
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()

    def entity(self) -> Signal:
        """Return the row as the rest of the product knows it."""
        return Signal(
            signal_id=self.sk,
            name=self.name,
            kind=self.kind,  # type: ignore[arg-type]  # only our own writer fills it
            match=self.match or "",
            count=int(self.count_),
            days=int(self.days),
            condition=self.condition or {},
            product=self.product or "",
            campaign=self.campaign or "",
            prelabels=tuple(self.prelabels),
            active=self.active,
            version=int(self.version),
            created_by=self.created_by,
            created_at=datetime.fromisoformat(self.created_at),
            updated_at=datetime.fromisoformat(self.updated_at),
        )


def signals() -> Mapping[str, Signal]:
    """Return every signal by id, as stored now: one query, by bytes."""
    return {row.sk: row.entity() for row in SignalRow.query(SIGNALS, consistent_read=True)}


def signal(signal_id: str) -> Signal | None:
    """Return a signal, None when there is none. 1 RRU."""
    try:
        return SignalRow.get(SIGNALS, signal_id, consistent_read=True).entity()
    except SignalRow.DoesNotExist:
        return None


kept = Kept(signals)
"""What judges events: a changed signal counts within a minute."""


def put_step(wanted: Signal, now: datetime) -> tuple[Signal, Step]:
    """Return a signal as stored then, and the step that stores it over the version read (0: a new one)."""
    at = now.astimezone(UTC).replace(microsecond=0)
    changed = replace(wanted, version=wanted.version + 1, created_at=wanted.created_at or at, updated_at=at)
    row = SignalRow(
        SIGNALS,
        changed.signal_id,
        name=changed.name,
        kind=changed.kind,
        match=changed.match or None,
        count_=changed.count,
        days=changed.days,
        condition=dict(changed.condition) or None,
        product=changed.product or None,
        campaign=changed.campaign or None,
        prelabels=list(changed.prelabels),
        active=changed.active,
        version=changed.version,
        created_by=changed.created_by,
        created_at=rfc3339((changed.created_at or at).astimezone(UTC)),
        updated_at=rfc3339(at),
    )
    unchanged = SignalRow.version == wanted.version if wanted.version else SignalRow.version.does_not_exist()

    def step(transaction: TransactWrite) -> None:
        transaction.save(row, condition=unchanged)

    return changed, step


def remove_step(known: Signal) -> Step:
    """Return the step that deletes a signal in the version read; leads that it made stay."""
    row, unchanged = SignalRow(SIGNALS, known.signal_id), SignalRow.version == known.version

    def step(transaction: TransactWrite) -> None:
        transaction.delete(row, condition=unchanged)

    return step
