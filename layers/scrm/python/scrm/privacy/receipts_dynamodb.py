"""Receipts of erasures: `ERASED#<digest>` / `ERASED`, asked only where somebody seems to be unknown."""

from collections.abc import Iterable
from datetime import UTC, datetime

from pynamodb.attributes import UnicodeAttribute

from scrm.config import corp
from scrm.privacy.receipts import OPEN_KINDS, digest
from scrm.secret_store import SecretMissing, secret
from scrm.table import Row, rfc3339

_SK = "ERASED"


class ReceiptRow(Row):
    """That the owner of an id was erased at a time, by which request."""

    at = UnicodeAttribute()
    erasure_id = UnicodeAttribute()


def keep(ids: Iterable[tuple[str, str]], at: datetime, erasure_id: str) -> int:
    """Keep a receipt for each (kind, value); return how many. Repeating is safe. 1 WRU each."""
    digests = {_digest(kind, value) for kind, value in ids} - {None}
    with ReceiptRow.batch_write() as batch:
        for each in sorted(filter(None, digests)):
            row = ReceiptRow(f"ERASED#{each}", _SK, at=rfc3339(at.astimezone(UTC)), erasure_id=erasure_id)
            batch.save(row)
    return len(digests)


def erased_at(kind: str, value: str) -> datetime | None:
    """Return when the owner of an id was erased, None for anybody else. 0.5 RRU."""
    name = _digest(kind, value)
    if name is None:
        return None
    try:
        return datetime.fromisoformat(ReceiptRow.get(f"ERASED#{name}", _SK).at)
    except ReceiptRow.DoesNotExist:
        return None


def erased_among(external_userids: Iterable[str]) -> dict[str, datetime]:
    """Return which contacts were erased, and when: a batch read for each 100, 0.5 RRU each."""
    names = {_digest("external_userid", each): each for each in external_userids}
    keys = [(f"ERASED#{name}", _SK) for name in names if name]
    found = ReceiptRow.batch_get(keys) if keys else ()
    return {names[row.pk.partition("#")[2]]: datetime.fromisoformat(row.at) for row in found}


def is_forgotten(external_userid: str, at: int, *, opens: bool = True) -> bool:
    """Return whether what happened with an unknown contact at `at` (unix seconds) may not be recorded.

    Only a friendship that began after the erasure makes them known again, as a stranger. 0.5 RRU.
    """
    erased = erased_at("external_userid", external_userid)
    return erased is not None and not (opens and at > erased.timestamp())


def _digest(kind: str, value: str) -> str | None:
    return digest(corp().corp_id, kind, value, None if kind in OPEN_KINDS else _key())


def _key() -> str | None:
    try:
        return secret("privacy/key")
    except SecretMissing:
        return None
