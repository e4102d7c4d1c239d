"""What keeps a change of owner from being asked for twice, or too often in a day.

`MOVED#<owner>`/`<Beijing date>` holds the groups of an owner that were asked for on a day: naming one twice
counts once. `JOB#<job_id>`/`SENT#<chunk>` says, before WeCom is called, which groups the call is about:
whoever finds it asks who owns them now.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from pynamodb.attributes import ListAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError

from scrm.groups.choosing import A_DAY, day_of
from scrm.jobs.rows_dynamodb import pk_of, until
from scrm.staff.model import key
from scrm.table import Row, rfc3339

SENT = "SENT#"
ATTEMPTS = 12
KEPT = timedelta(days=3)


class DayBusy(RuntimeError):
    """Others ask for groups of this owner at the same moment; nothing was written. Repeating helps."""


class DayRow(Row):
    """The groups of an owner that were asked for on a day."""

    chat_ids: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute)
    version = NumberAttribute()
    expires_at = NumberAttribute()


class SentRow(Row):
    """The groups that a chunk of a job asks WeCom for, or has."""

    chat_ids: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute)
    at = UnicodeAttribute()
    expires_at = NumberAttribute()


def take(owner: str, chat_ids: Iterable[str], now: datetime) -> frozenset[str]:
    """Return which of the groups may be asked for today, having counted them: 300 of an owner a day.

    Safe to repeat: one that was counted stays so. Raises DayBusy. 1 RRU and 1 WRU for each KB: 300 are 10 KB.
    """
    wanted = list(dict.fromkeys(chat_ids))
    for _ in range(ATTEMPTS):
        held, version = _held(owner, now)
        new = [each for each in wanted if each not in held][: max(A_DAY - len(held), 0)]
        if not new or _put(owner, [*held, *new], version, now):
            return frozenset(wanted) & {*held, *new}
    raise DayBusy(owner)


def taken_today(owner: str, now: datetime) -> int:
    """Return how many groups of an owner were asked for today. 1 RRU for each 4 KB."""
    return len(_held(owner, now)[0])


def put_sent(job_id: str, chunk_id: str, chat_ids: Iterable[str], now: datetime) -> None:
    """Record that a call is about to be made. Safe to repeat. 1 WRU for each KB: 100 groups are 3 KB."""
    at = rfc3339(now.astimezone(UTC))
    SentRow(pk_of(job_id), SENT + chunk_id, chat_ids=list(chat_ids), at=at, expires_at=until(now)).save()


def drop_sent(job_id: str, chunk_id: str) -> None:
    """Record that a call was not made after all. Safe to repeat. 1 WRU."""
    SentRow(pk_of(job_id), SENT + chunk_id).delete()


def sent(job_id: str) -> frozenset[str]:
    """Return the groups that calls of a job were about, strongly read. By bytes: 3 KB for each 100."""
    rows = SentRow.query(pk_of(job_id), SentRow.sk.startswith(SENT), consistent_read=True)
    return frozenset(chat_id for row in rows for chat_id in row.chat_ids)


def _held(owner: str, now: datetime) -> tuple[list[str], int]:
    try:
        row = DayRow.get(_day_pk(owner), day_of(now), consistent_read=True)
    except DayRow.DoesNotExist:
        return [], 0
    return list(row.chat_ids), int(row.version)


def _put(owner: str, chat_ids: list[str], version: int, now: datetime) -> bool:
    row = DayRow(
        _day_pk(owner),
        day_of(now),
        chat_ids=chat_ids,
        version=version + 1,
        expires_at=int((now + KEPT).timestamp()),
    )
    condition = DayRow.version == version if version else DayRow.version.does_not_exist()
    try:
        row.save(condition=condition)
    except PutError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        return False
    return True


def _day_pk(owner: str) -> str:
    return f"MOVED#{key(owner)}"
