"""Rows of the daily snapshots: `SNAPSHOT#<Beijing date>`, a row for each way to group (RPT-19)."""

import base64
import zlib
from collections.abc import Iterable, Mapping
from datetime import date

from pynamodb.attributes import UnicodeAttribute

from scrm.reports.happenings import date_of, day_number
from scrm.reports.snapshots import Group
from scrm.table import Row

SNAPSHOT = "SNAPSHOT#"


class SnapshotRow(Row):
    """The counts of a day, compressed. No time of its making: the same counts are the same row."""

    counts = UnicodeAttribute()


def put(group: Group, texts: Mapping[int, str]) -> None:
    """Store the counts of some days in place of those there were. Safe to repeat. 1 WRU a KB."""
    with SnapshotRow.batch_write() as batch:
        for day, text in texts.items():
            packed = base64.b64encode(zlib.compress(text.encode(), 9)).decode()
            batch.save(SnapshotRow(_pk(day), group.upper(), counts=packed))


def texts_of(group: Group, days: Iterable[int]) -> dict[int, str]:
    """Return the counts of those of some days that have a snapshot: batch reads of 100, by bytes."""
    keys = [(_pk(day), group.upper()) for day in days]
    return {
        _day(row.pk): zlib.decompress(base64.b64decode(row.counts)).decode()
        for row in (SnapshotRow.batch_get(keys) if keys else ())
    }


def _pk(day: int) -> str:
    return f"{SNAPSHOT}{date_of(day).isoformat()}"


def _day(pk: str) -> int:
    return day_number(date.fromisoformat(pk.removeprefix(SNAPSHOT)))
