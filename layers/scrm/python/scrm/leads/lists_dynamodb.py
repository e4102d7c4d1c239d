"""The black and the white list of hard keys (LED-04): `LEADLIST` holds one row for each key on either."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from pynamodb.attributes import UnicodeAttribute
from pynamodb.transactions import TransactWrite

from scrm.leads.dynamodb import Step
from scrm.leads.model import Key
from scrm.table import Row, rfc3339

LIST = "LEADLIST"


@dataclass(frozen=True)
class Listed:
    """That a key is on the black or the white list, by whom and why."""

    entry_id: str
    kind: str
    value: str
    colour: str
    reason: str
    by: str
    at: datetime


class ListedRow(Row):
    """One key; its place is a digest, so that an address names it without telling it."""

    kind = UnicodeAttribute()
    value = UnicodeAttribute()
    colour = UnicodeAttribute()
    reason = UnicodeAttribute(null=True)
    by = UnicodeAttribute()
    at = UnicodeAttribute()

    def entity(self) -> Listed:
        """Return the row as the rest of the product knows it."""
        at = datetime.fromisoformat(self.at)
        return Listed(self.sk, self.kind, self.value, self.colour, self.reason or "", self.by, at)


def entry_id_of(key: Key) -> str:
    """Return the id under which a key is listed."""
    return f"ll_{sha256('#'.join(key).encode()).hexdigest()[:24]}"


def colours(keys: Iterable[Key]) -> frozenset[str]:
    """Return on which lists, black or white, any of the keys is: one batch read, 0.5 RRU a key."""
    wanted = [(LIST, entry_id_of(each)) for each in keys]
    return frozenset(row.colour for row in ListedRow.batch_get(wanted)) if wanted else frozenset()


def listed(entry_id: str) -> Listed | None:
    """Return an entry as it is now, None for none. 1 RRU."""
    try:
        return ListedRow.get(LIST, entry_id, consistent_read=True).entity()
    except ListedRow.DoesNotExist:
        return None


def entries(after: str, limit: int) -> list[Listed]:
    """Return up to `limit` entries behind the id `after`, by id: one query, by bytes."""
    return [row.entity() for row in ListedRow.query(LIST, ListedRow.sk > (after or "l"), limit=limit)]


def list_step(key: Key, colour: str, reason: str, by: str, now: datetime) -> Step:
    """Return the step that puts a key on a list, or moves it to the other."""
    at = rfc3339(now.astimezone(UTC))
    kind, value = key
    row = ListedRow(
        LIST, entry_id_of(key), kind=kind, value=value, colour=colour, reason=reason or None, by=by, at=at
    )

    def step(transaction: TransactWrite) -> None:
        transaction.save(row)

    return step


def unlist_step(entry_id: str) -> Step:
    """Return the step that takes a key off its list. Repeating is safe."""
    row = ListedRow(LIST, entry_id)

    def step(transaction: TransactWrite) -> None:
        transaction.delete(row)

    return step
