"""How long what is kept (PIPL 19): days by family, and the moment before which it is past due. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args

from scrm.moments import rfc3339

Family = Literal["timeline", "stages", "tasks", "notices"]
FAMILIES: tuple[Family, ...] = get_args(Family)

DAYS: Mapping[Family, int] = {"timeline": 730, "stages": 1095, "tasks": 90, "notices": 90}
"""Until the corp's settings say otherwise. Closed to-dos and notices go after 90 days at the latest."""

LONGEST: Mapping[Family, int] = {"timeline": 3650, "stages": 3650, "tasks": 90, "notices": 90}
SHORTEST = 30


def days_of(chosen: Mapping[Any, int]) -> dict[str, int]:
    """Return the days of every family: as chosen, else as delivered."""
    return {str(each): int(chosen.get(each, DAYS[each])) for each in FAMILIES}


def before(family: Family, chosen: Mapping[Any, int], now: datetime) -> str:
    """Return the time, as stored, before which rows of a family are past due."""
    return rfc3339((now - timedelta(days=days_of(chosen)[family])).astimezone(UTC))


def week(now: datetime) -> str:
    """Return the week of `now`, e.g. 2026-w10: customers' rows are looked through once in each."""
    year, number, _ = now.astimezone(UTC).isocalendar()
    return f"{year}-w{number:02}"
