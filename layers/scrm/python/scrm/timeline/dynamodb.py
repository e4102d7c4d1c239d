"""Rows of the timeline: `TIMELINE#<customer_id>`, sorted by time."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from pynamodb.attributes import JSONAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from scrm.table import Row, rfc3339
from scrm.timeline.model import Entry

TIMELINE = "TIMELINE#"


class EntryRow(Row):
    """One entry."""

    kind = UnicodeAttribute()
    userid = UnicodeAttribute(null=True)
    external_userid = UnicodeAttribute(null=True)
    facts: JSONAttribute = JSONAttribute(null=True)

    def entity(self) -> Entry:
        """Return the row as the rest of the product knows it."""
        at, _, entry_id = self.sk.partition("#")
        return Entry(
            entry_id=entry_id,
            kind=self.kind,  # type: ignore[arg-type]  # only our own writer fills it
            at=datetime.fromisoformat(at),
            userid=self.userid,
            external_userid=self.external_userid,
            facts=self.facts or {},
        )


class Timeline:
    """The traces of all customers."""

    def append(self, customer_id: str, entry: Entry) -> None:
        """Record an entry. The same entry again writes the same row. 1 WRU for each KB."""
        _row(customer_id, entry).save()

    def append_step(self, customer_id: str, entry: Entry) -> Callable[[TransactWrite], None]:
        """Return the transaction step that records an entry, refused when it is there already."""
        row = _row(customer_id, entry)
        return lambda transaction: transaction.save(row, condition=EntryRow.sk.does_not_exist())

    def remove(self, customer_id: str, entry: Entry) -> None:
        """Take back an entry that turned out to have happened at another time. Repeating is safe. 1 WRU."""
        EntryRow(_pk(customer_id), _sk(entry)).delete()

    def page(
        self, customer_id: str, limit: int, start_after: dict[str, Any] | None = None
    ) -> tuple[list[Entry], dict[str, Any] | None]:
        """Return up to `limit` entries, newest first, and the key to go on after (None at the end).

        One query, by bytes. New entries come before the first page, so that a cursor never skips or repeats.
        """
        start = {name: {"S": str(value)} for name, value in (start_after or {}).items()}
        found = EntryRow.query(
            _pk(customer_id), scan_index_forward=False, limit=limit, last_evaluated_key=start or None
        )
        entries = [row.entity() for row in found]
        last = found.last_evaluated_key
        return entries, {name: value["S"] for name, value in last.items()} if last else None

    def page_of(
        self, customer_ids: Sequence[str], limit: int, start_after: dict[str, Any] | None = None
    ) -> tuple[list[Entry], dict[str, Any] | None]:
        """Return up to `limit` entries of several ids, newest first, and the key to go on after.

        A query for each id. The key is a place in time and not in a collection, so that it stays good when
        customers are merged or parted between two pages.
        """
        found: list[tuple[str, str, Entry]] = []
        more = False
        for pk in (_pk(each) for each in customer_ids):
            rows = EntryRow.query(pk, _before(pk, start_after), scan_index_forward=False, limit=limit)
            found += [(row.sk, pk, row.entity()) for row in rows]
            more = more or rows.last_evaluated_key is not None
        found.sort(key=lambda each: each[:2], reverse=True)
        page = found[:limit]
        last = {"PK": page[-1][1], "SK": page[-1][0]} if page and (more or len(found) > limit) else None
        return [entry for _, _, entry in page], last

    def since(self, customer_id: str, start: datetime | None, most: int) -> list[Entry]:
        """Return up to `most` entries from `start` on (None: of all time), newest first.

        One query, strongly consistent, by bytes.
        """
        where = EntryRow.sk >= rfc3339(start.astimezone(UTC)) if start else None
        rows = EntryRow.query(
            _pk(customer_id), where, scan_index_forward=False, limit=most, consistent_read=True
        )
        return [row.entity() for row in rows]

    def entry(self, customer_id: str, at: datetime, entry_id: str) -> Entry | None:
        """Return one entry, strongly, None where it is not there (any longer). 1 RRU."""
        try:
            return EntryRow.get(
                _pk(customer_id), f"{rfc3339(at.astimezone(UTC))}#{entry_id}", consistent_read=True
            ).entity()
        except EntryRow.DoesNotExist:
            return None

    def first(self, customer_id: str, most: int) -> list[Entry]:
        """Return the `most` oldest entries, oldest first: one query, by bytes."""
        return [row.entity() for row in EntryRow.query(_pk(customer_id), limit=most)]


def _before(pk: str, place: dict[str, Any] | None) -> Condition | None:
    """Return what holds of the entries of a collection that come after a place, newest first."""
    if place is None:
        return None
    sk: Any = EntryRow.sk
    after: Condition = sk <= place["SK"] if pk < place["PK"] else sk < place["SK"]
    return after


def _row(customer_id: str, entry: Entry) -> EntryRow:
    return EntryRow(
        _pk(customer_id),
        _sk(entry),
        kind=entry.kind,
        userid=entry.userid,
        external_userid=entry.external_userid,
        facts=dict(entry.facts) or None,
    )


def _pk(customer_id: str) -> str:
    return TIMELINE + customer_id


def _sk(entry: Entry) -> str:
    return f"{rfc3339(entry.at.astimezone(UTC))}#{entry.entry_id}"
