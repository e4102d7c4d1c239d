"""The one clock a function reads at its entry; everything further in takes the time as an argument."""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any


def now() -> datetime:
    """Return the current time in UTC.

    In the local stack SCRM_CLOCK_FILE names a file `{"offset_seconds": n}`, so that seven days of an
    SOP play in a minute (`make clock`). On AWS the variable is absent.
    """
    return datetime.now(UTC) + timedelta(seconds=_offset())


def scheduled(event: Mapping[str, Any]) -> datetime:
    """Return the time a scheduled function was meant for, in UTC: its event's `time`.

    That is also the time of a retry, hours later. Without a readable time it is now: the local engine's
    scheduler leaves the placeholder of the template as it is.
    """
    try:
        at = datetime.fromisoformat(event["time"])
    except (KeyError, TypeError, ValueError):
        return now()
    return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)


def readings() -> tuple[datetime, ...]:
    """Return the times a sender outside the stack may honestly believe it is.

    On AWS that is the one real time. In the local stack a sender may follow the moved clock or the
    machine's, so signatures and stamps are checked against both.
    """
    offset = _offset()
    real = datetime.now(UTC)
    return (real,) if not offset else (real + timedelta(seconds=offset), real)


def _offset() -> float:
    path = os.environ.get("SCRM_CLOCK_FILE")
    if not path:
        return 0.0
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123  # pathlib costs cold start
            return float(json.load(file)["offset_seconds"])
    except (FileNotFoundError, ValueError, KeyError):
        return 0.0
