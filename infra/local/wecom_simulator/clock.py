"""The local stack's clock: real time plus an offset kept in a small file."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

Clock = Callable[[], float]

CORP_ZONE = timezone(timedelta(hours=8), "Asia/Shanghai")
"""WeCom's natural days, months and statistics are those of Beijing."""


def stack_now(clock_file: Path | None) -> float:
    """Return the stack's time in unix seconds; a missing, empty or unreadable file is an offset of 0."""
    if clock_file is None:
        return time.time()
    try:
        return time.time() + float(json.loads(clock_file.read_text())["offset_seconds"])
    except (OSError, ValueError, KeyError, TypeError):
        return time.time()


def stack_clock(clock_file: Path | None) -> Clock:
    """Return a clock that looks at the file on each reading, so that a move takes effect at once."""
    return lambda: stack_now(clock_file)


def corp_date(now: float) -> datetime:
    """Return the moment in the corp's time zone."""
    return datetime.fromtimestamp(now, UTC).astimezone(CORP_ZONE)


def day_number(now: float) -> int:
    """Return the number of the corp's calendar day, so that days can be subtracted."""
    return corp_date(now).toordinal()


def midnight(now: float) -> int:
    """Return the start of the corp's day, in unix seconds."""
    day = corp_date(now).replace(hour=0, minute=0, second=0, microsecond=0)
    return int(day.timestamp())
