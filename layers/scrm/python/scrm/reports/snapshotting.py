"""Making the daily snapshots (RPT-19): one walk over everybody's cards, which writes none of them."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from scrm.moments import BEIJING
from scrm.reports.happenings import date_of, day_number
from scrm.reports.relations import known
from scrm.reports.snapshots import AGES, GROUPS, counted, days_of, end_of
from scrm.reports.snapshots_dynamodb import put, texts_of

DAYS = 35
"""So many closed days are made anew each night: longer than a lost callback may lie among dead letters."""
FIRST_DAYS = 130
"""So many where there are none before these: a cohort of three months, a month after its last add."""
MOST_DAYS = 400


def asked_days(event: Mapping[str, Any], now: datetime) -> tuple[int, int]:
    """Return the first and last day to make: the latest closed ones, or those the event names. 0.5 RRU.

    `date`, or `first` and `last`, are Beijing dates. Raises ValueError for days not closed, or too many.
    """
    closed = day_number(now.astimezone(BEIJING).date()) - 1
    named = event.get("first") or event.get("date")
    if named is None:
        earlier = closed - DAYS
        return (earlier if texts_of("all", [earlier]) else closed - FIRST_DAYS) + 1, closed
    first = day_number(date.fromisoformat(named))
    last = day_number(date.fromisoformat(event.get("last") or event.get("date") or named))
    if not first <= last <= closed or last - first >= MOST_DAYS:
        raise ValueError(f"days up to {date_of(closed)}, at most {MOST_DAYS} of them, oldest first")
    return first, last


def snapshot(first: int, last: int) -> int:
    """Count the days from `first` to `last` and store them; return how many relations there were.

    A page of `by_added` for each 1,000 cards, 0.5 RRU for each 4 KB; three rows a day. Safe to repeat: a day
    is counted from all relations as they are known by then, and its rows are put in place of the former.
    """
    met = 0

    def each() -> Any:
        nonlocal met
        for relation in known():
            met += 1
            yield relation

    found = counted(each(), GROUPS, AGES, end_of(last), first)
    for group in GROUPS:
        put(group, days_of(found[group], first, last))
    return met
