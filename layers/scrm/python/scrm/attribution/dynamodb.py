"""Rows of attribution: `ORDER#…`/`ATTRIBUTION`, and entries `SALES#<Beijing month>`, which never change."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import TransactWriteError

from scrm.attribution import stored
from scrm.attribution.booking import Booking, Entry, Told
from scrm.attribution.model import Basis, Decision
from scrm.audit.dynamodb import Step
from scrm.customers.model import VersionConflict
from scrm.moments import BEIJING
from scrm.table import Row, in_transaction, rfc3339

ATTRIBUTION = "ATTRIBUTION"
SALES = "SALES#"


@dataclass(frozen=True)
class Booked:
    """A booking that is entered: on which Beijing date, as which entries (`first` and so many)."""

    date: str
    first: int
    count: int
    stamp: str


@dataclass(frozen=True)
class Attribution:
    """Whose sale an order is. `booked` tells of each booking by event, `entries` how many there ever were.

    `members` is what each has of the order, refunds taken off; NOBODY's is nobody's.
    """

    source: str
    order_no: str
    basis: Basis | None = None
    decision: Decision | None = None
    decided_at: datetime | None = None
    told: Told = ()
    booked: Mapping[str, Booked] = field(default_factory=dict)
    members: Mapping[str, int] = field(default_factory=dict)
    entries: int = 0
    version: int = 0


class AttributionRow(Row):
    """Whose sale an order is, why, and what is entered of it."""

    basis: JSONAttribute = JSONAttribute(null=True)
    decision: JSONAttribute = JSONAttribute(null=True)
    decided_at = UnicodeAttribute(null=True)
    told: JSONAttribute = JSONAttribute(null=True)
    booked: JSONAttribute = JSONAttribute(null=True)
    members: JSONAttribute = JSONAttribute(null=True)
    entries = NumberAttribute()
    version = NumberAttribute()
    updated_at = UnicodeAttribute()

    def entity(self) -> Attribution:
        """Return the row as the rest of the product knows it."""
        source, order_no = self.pk.split("#", 2)[1:]
        return Attribution(
            source,
            order_no,
            stored.basis(self.basis),
            stored.decision(self.decision),
            datetime.fromisoformat(self.decided_at) if self.decided_at else None,
            tuple((fen, datetime.fromisoformat(at)) for fen, at in self.told or ()),
            {event: Booked(*each) for event, each in (self.booked or {}).items()},
            {name: int(fen) for name, fen in (self.members or {}).items()},
            int(self.entries),
            int(self.version),
        )

    @classmethod
    def of(cls, after: Attribution, now: datetime) -> "AttributionRow":
        """Return the row as its next version."""
        return cls(
            _pk(after.source, after.order_no),
            ATTRIBUTION,
            basis=stored.plain(after.basis),
            decision=stored.plain(after.decision),
            decided_at=rfc3339(after.decided_at.astimezone(UTC)) if after.decided_at else None,
            told=[[fen, rfc3339(at.astimezone(UTC))] for fen, at in after.told] or None,
            booked={
                name: [each.date, each.first, each.count, each.stamp] for name, each in after.booked.items()
            }
            or None,
            members=dict(after.members) or None,
            entries=after.entries,
            version=after.version + 1,
            updated_at=rfc3339(now.astimezone(UTC)),
        )


class SalesRow(Row):
    """One member's part of a payment or refund, by channel and product; no `userid`: nobody's."""

    userid = UnicodeAttribute(null=True)
    fen = NumberAttribute()
    channels: JSONAttribute = JSONAttribute()
    products: JSONAttribute = JSONAttribute()
    rule = UnicodeAttribute()
    event = UnicodeAttribute()
    at = UnicodeAttribute()

    def entry(self) -> Entry:
        """Return the row as a part of a booking."""
        named = (tuple((name, fen) for name, fen in each) for each in (self.channels, self.products))
        return Entry(self.userid or "", int(self.fen), *named)


def attribution(source: str, order_no: str) -> Attribution:
    """Return whose sale an order is, as it is now; nothing yet has version 0. 1 RRU for each 4 KB."""
    try:
        return AttributionRow.get(_pk(source, order_no), ATTRIBUTION, consistent_read=True).entity()
    except AttributionRow.DoesNotExist:
        return Attribution(source, order_no)


def several(keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Attribution]:
    """Return those that there are, by source and order number: a batch read for each 100."""
    rows = AttributionRow.batch_get([(_pk(*each), ATTRIBUTION) for each in dict.fromkeys(keys)])
    return {(each.source, each.order_no): each for each in (row.entity() for row in rows)}


def entered(of: Attribution, booked: Booked) -> list[SalesRow]:
    """Return the entries of a booking, strongly read: 1 RRU each."""
    places = range(booked.first, booked.first + booked.count)
    keys = [_place(of, booked.date, each) for each in places]
    return sorted(SalesRow.batch_get(keys, consistent_read=True), key=lambda row: str(row.sk))


def months_of(several: Iterable[Attribution]) -> dict[tuple[str, str], dict[str, int]]:
    """Return what is entered of orders by Beijing month, refunds below zero: a batch read for 100 entries."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    keys = [
        _place(of, each.date, place)
        for of in several
        for each in of.booked.values()
        for place in range(each.first, each.first + each.count)
    ]
    for row in SalesRow.batch_get(keys) if keys else ():
        day, source, order_no, _ = str(row.sk).split("#")
        months = found.setdefault((source, order_no), {})
        months[day[:7]] = months.get(day[:7], 0) + int(row.fen)
    return found


def entries(month: str) -> Iterable[SalesRow]:
    """Yield every entry of a Beijing month (YYYY-MM), by day: one query, by bytes."""
    yield from SalesRow.query(SALES + month)


def date_of(booking: Booking) -> str:
    """Return the Beijing date under which a booking is entered."""
    return booking.at.astimezone(BEIJING).date().isoformat()


def rows_of(after: Attribution, booking: Booking) -> list[SalesRow]:
    """Return the entries of a booking, numbered on from those there are."""
    rule = after.decision.rule if after.decision else "none"
    return [
        SalesRow(
            *_place(after, date_of(booking), after.entries + place),
            userid=entry.userid or None,
            fen=entry.fen,
            channels=[list(each) for each in entry.channels],
            products=[list(each) for each in entry.products],
            rule=rule,
            event=booking.event,
            at=rfc3339(booking.at.astimezone(UTC)),
        )
        for place, entry in enumerate(booking.entries)
    ]


def reversed_rows(after: Attribution, rows: Sequence[SalesRow]) -> list[SalesRow]:
    """Return entries that take others back on their own date, numbered on from those there are."""
    return [
        SalesRow(
            row.pk,
            f"{row.sk.rpartition('#')[0]}#{after.entries + place:05}",
            userid=row.userid,
            fen=-int(row.fen),
            channels=[[name, -fen] for name, fen in row.channels],
            products=[[name, -fen] for name, fen in row.products],
            rule=row.rule,
            event=f"{row.event}#reversed",
            at=row.at,
        )
        for place, row in enumerate(rows)
    ]


def save(after: Attribution, new: Iterable[SalesRow], also: Iterable[Step], now: datetime) -> Attribution:
    """Store an attribution over the version it was read with, its new entries and `also`, all at once.

    Returns it as stored. Raises VersionConflict when somebody was faster; nothing is written then.
    2 WRU for each KB.
    """
    row = AttributionRow.of(after, now)
    unchanged = (
        AttributionRow.version == after.version if after.version else AttributionRow.version.does_not_exist()
    )
    try:
        with in_transaction() as transaction:
            transaction.save(row, condition=unchanged)
            for each in new:
                transaction.save(each, condition=SalesRow.pk.does_not_exist())
            for step in also:
                step(transaction)
    except TransactWriteError as error:
        reasons = {reason.code for reason in error.cancellation_reasons if reason}
        if reasons and reasons <= {"ConditionalCheckFailed", "TransactionConflict"}:
            raise VersionConflict from error
        raise
    return replace(after, version=after.version + 1)


def _pk(source: str, order_no: str) -> str:
    return f"ORDER#{source}#{order_no}"


def _place(of: Attribution, date: str, number: int) -> tuple[str, str]:
    return f"{SALES}{date[:7]}", f"{date}#{of.source}#{of.order_no}#{number:05}"
