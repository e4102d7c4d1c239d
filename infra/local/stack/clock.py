"""The stack's clock: real time plus an offset kept in a file that the functions and the simulator read."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from infra.local.stack.places import CLOCK_FILE, say

BEIJING = timezone(timedelta(hours=8))


def offset(file: Path = CLOCK_FILE) -> timedelta:
    """Return how far the stack's clock is ahead of real time."""
    try:
        return timedelta(seconds=float(json.loads(file.read_text())["offset_seconds"]))
    except (OSError, ValueError, KeyError, TypeError):
        return timedelta()


def now(file: Path = CLOCK_FILE) -> datetime:
    """Return the stack's time, in UTC."""
    return datetime.now(UTC) + offset(file)


def move(to: str, file: Path = CLOCK_FILE) -> datetime:
    """Move the clock to an RFC 3339 time with offset, or to `real`, and return its new time.

    Raises ValueError for anything else.
    """
    ahead = 0.0 if to == "real" else (moment(to) - datetime.now(UTC)).total_seconds()
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".new")
    draft.write_text(json.dumps({"offset_seconds": ahead}))
    draft.replace(file)
    return now(file)


def moment(text: str) -> datetime:
    parsed = datetime.fromisoformat(text)
    if parsed.tzinfo is None:
        raise ValueError("the time needs an offset, as in 2026-03-02T10:15:00+08:00")
    return parsed


def main(argument: str) -> None:
    """Run `make clock`."""
    try:
        if argument:
            move(argument)
    except ValueError as wrong:
        sys.exit(f"Cannot read AT={argument}: {wrong}")
    say(f"The stack's clock reads {now().astimezone(BEIJING).isoformat(timespec='seconds')}.")
