"""The black and the white list of hard keys (LED-04): `LEADLIST` holds one row for each key on either."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
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
    until: datetime | None = None


class ListedRow(Row):
    """One key; its place is a digest, so that an address names it without telling it."""

    kind = UnicodeAttribute()
    value = UnicodeAttribute()
    colour = UnicodeAttribute()
    reason = UnicodeAttribute(null=True)
    by = UnicodeAttribute()
    at = UnicodeAttribute()
    until = UnicodeAttribute(null=True)
    expires_at = NumberAttribute(null=True)

    def entity(self) -> Listed:
        """Return the row as the rest of the product knows it."""
        at = datetime.fromisoformat(self.at)
        until = datetime.fromisoformat(self.until) if self.until else None
        return Listed(self.sk, self.kind, self.value, self.colour, self.reason or "", self.by, at, until)


def entry_id_of(key: Key) -> str:
    """Return the id under which a key is listed."""
    return f"ll_{sha256('#'.join(key).encode()).hexdigest()[:24]}"


def colours(keys: Iterable[Key], now: datetime) -> frozenset[str]:
    """Return on which lists, black or white, any of the keys is at `now`: one batch read, 0.5 RRU a key."""
    wanted = [(LIST, entry_id_of(each)) for each in keys]
    found = (row.entity() for row in ListedRow.batch_get(wanted)) if wanted else ()
    return frozenset(each.colour for each in found if each.until is None or now < each.until)


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


def list_until(key: Key, reason: str, by: str, now: datetime, until: datetime) -> None:
    """Put a key on the black list until then. Repeating is safe. 1 WRU."""
    kind, value = key
    ListedRow(
        LIST,
        entry_id_of(key),
        kind=kind,
        value=value,
        colour="black",
        reason=reason,
        by=by,
        at=rfc3339(now.astimezone(UTC)),
        until=rfc3339(until.astimezone(UTC)),
        expires_at=int(until.timestamp()),
    ).save()


def unlist_step(entry_id: str) -> Step:
    """Return the step that takes a key off its list. Repeating is safe."""
    row = ListedRow(LIST, entry_id)

    def step(transaction: TransactWrite) -> None:
        transaction.delete(row)

    return step
