"""Rows of the audit log: `AUDIT` holds the lines in the chain's order and `HEAD`, its end."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from scrm.audit.model import GENESIS, Entry, Link, masked
from scrm.table import Row, in_transaction, rfc3339

AUDIT = "AUDIT"
HEAD = "HEAD"
ATTEMPTS = 12
TAKEN_OUT = "ERASED"
"""The subject of a line that tells of an erased person no more."""

Step = Callable[[TransactWrite], None]


class AuditBusy(RuntimeError):
    """Others kept moving the chain's end; nothing was written. Trying again later helps."""


class WriteRefused(RuntimeError):
    """A condition of the write that was to be audited did not hold; nothing was written."""


class EntryRow(Row):
    """One line of the log."""

    seq = NumberAttribute()
    at = UnicodeAttribute()
    actor = UnicodeAttribute()
    action = UnicodeAttribute()
    subject = UnicodeAttribute()
    before: JSONAttribute = JSONAttribute(null=True)
    after: JSONAttribute = JSONAttribute(null=True)
    request_id = UnicodeAttribute()
    previous = UnicodeAttribute()
    hash = UnicodeAttribute()
    salt = UnicodeAttribute(null=True)
    sealed = UnicodeAttribute(null=True)

    def entity(self) -> Entry:
        """Return the row as the rest of the product knows it."""
        return Entry(
            int(self.seq),
            self.at,
            self.actor,
            self.action,
            self.subject,
            self.before,
            self.after,
            self.request_id,
            self.previous,
            self.hash,
            self.salt or "",
            self.sealed or "",
        )


class HeadRow(Row):
    """The end of the chain: `place` is the last line's sort key."""

    seq = NumberAttribute()
    hash = UnicodeAttribute()
    place = UnicodeAttribute()


def record(
    actor: str,
    action: str,
    subject: str,
    before: Any,
    after: Any,
    request_id: str,
    now: datetime,
    *,
    writes: Sequence[Step] = (),
) -> Entry:
    """Append one line, and make `writes` in the same transaction: all of it or nothing.

    `actor` is a userid or the name of a system; `before` and `after` are plain JSON data, masked here.
    Raises WriteRefused when a condition of `writes` does not hold, AuditBusy when the chain's end moved
    at every attempt. Not idempotent: a repeated call is a second line unless `writes` refuses it.
    """
    for _ in range(ATTEMPTS):
        head = _head()
        entry, place = _next(head, actor, action, subject, masked(before), masked(after), request_id, now)
        try:
            _append(head, entry, place, writes)
        except TransactWriteError as error:
            _raise_unless_contended(error)
            continue
        return entry
    raise AuditBusy("the audit log's end moved at every attempt")


def take_out(place: str) -> None:
    """Take what the line at a sort key tells of somebody out of it; the chain holds. Repeating is safe.

    What remains is who did what when, and the digest that the line's hash is made of.
    """
    row = EntryRow.get(AUDIT, place, consistent_read=True)
    told: list[Action] = [EntryRow.before.remove(), EntryRow.after.remove(), EntryRow.salt.remove()]
    kept: list[Action] = [EntryRow.subject.set(TAKEN_OUT), EntryRow.sealed.set(row.entity().seal)]
    row.update([*kept, *told])


def end() -> Link:
    """Return the chain's end as HEAD tells it."""
    head = _head()
    return Link(int(head.seq), head.hash) if head else Link()


def lines(start: str | None = None, limit: int = 1000) -> Iterator[tuple[str, Entry]]:
    """Yield (sort key, line), oldest first, from after the sort key `start`; at most `limit`."""
    # Every line's key starts with a digit and sorts before "HEAD".
    where = EntryRow.sk.between(start + "\0", ":") if start else EntryRow.sk < ":"
    for row in EntryRow.query(AUDIT, where, limit=limit):
        yield row.sk, row.entity()


def newest(before: str | None, limit: int) -> list[tuple[str, Entry]]:
    """Return up to `limit` (sort key, line), newest first, older than the sort key `before`."""
    where = EntryRow.sk < (before or ":")
    rows = EntryRow.query(AUDIT, where, scan_index_forward=False, limit=limit)
    return [(row.sk, row.entity()) for row in rows]


def _head() -> HeadRow | None:
    try:
        return HeadRow.get(AUDIT, HEAD, consistent_read=True)
    except HeadRow.DoesNotExist:
        return None


def _next(head: HeadRow | None, *content: Any) -> tuple[Entry, str]:
    """Return the next line and its sort key, whose time never runs backwards: key order is chain order."""
    actor, action, subject, before, after, request_id, now = content
    seq = int(head.seq) + 1 if head else 1
    entry = Entry(
        seq,
        rfc3339(now),
        actor,
        action,
        subject,
        before,
        after,
        request_id,
        head.hash if head else GENESIS,
        salt=uuid4().hex,
    )
    time = max(entry.at, head.place.partition("#")[0]) if head else entry.at
    return Entry(**{**entry.__dict__, "hash": entry.computed_hash()}), f"{time}#{seq:012d}"


def _append(head: HeadRow | None, entry: Entry, place: str, writes: Sequence[Step]) -> None:
    unmoved = HeadRow.hash == head.hash if head else HeadRow.hash.does_not_exist()
    moved: list[Action] = [HeadRow.seq.set(entry.seq), HeadRow.hash.set(entry.hash), HeadRow.place.set(place)]
    with in_transaction() as transaction:
        for write in writes:
            write(transaction)
        transaction.save(EntryRow(AUDIT, place, **{**entry.__dict__, "sealed": None}))
        # Updates go last in a transaction (pynamodb), and this one is the last of them: see below.
        transaction.update(HeadRow(AUDIT, HEAD), moved, condition=unmoved)


def _raise_unless_contended(error: TransactWriteError) -> None:
    """Raise what the failure means; return when others were faster, at the chain's end or elsewhere."""
    reasons = [reason.code if reason else None for reason in error.cancellation_reasons]
    if not reasons:
        raise error
    if reasons[-1] is not None or "TransactionConflict" in reasons:
        return
    if "ConditionalCheckFailed" in reasons:
        raise WriteRefused("a condition of the audited write did not hold") from error
    raise error
