"""When a member of a pool works: shifts by weekday, or by the corp's working days (spec 4.2, L9). Pure."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from scrm.channel_codes.model import Shift
from scrm.moments import BEIJING
from scrm.settings.model import Settings
from scrm.workdays import is_workday

LOOKS_AHEAD = timedelta(days=16)
"""A shift comes at least once a week, and after the longest holidays within so many days."""


def on_shift(shifts: Iterable[Shift], at: datetime, corp: Settings | None) -> bool:
    """Return whether one of the shifts, [start, end), is on at `at`.

    By weekday alone, or, given the corp, by its working days: none begins on a day off, and all do on a
    weekend day that is worked for a holiday.
    """
    local = at.astimezone(BEIJING)
    clock, today = local.strftime("%H:%M"), local.date()
    return any(_covers(each, clock, today, corp) for each in shifts)


def opens_at(shifts: Iterable[Shift], now: datetime, corp: Settings | None) -> datetime | None:
    """Return when the next of the shifts begins after `now`, None within LOOKS_AHEAD."""
    return min((each for shift in shifts if (each := _next_start(shift, now, corp))), default=None)


def _covers(shift: Shift, clock: str, today: date, corp: Settings | None) -> bool:
    if shift.start < shift.end:
        return shift.start <= clock < shift.end and _begins(shift, today, corp)
    evening = clock >= shift.start and _begins(shift, today, corp)
    return evening or (clock < shift.end and _begins(shift, today - timedelta(days=1), corp))


def _next_start(shift: Shift, now: datetime, corp: Settings | None) -> datetime | None:
    local = now.astimezone(BEIJING)
    hour, minute = map(int, shift.start.split(":"))
    first = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    days = (first + timedelta(days=each) for each in range(LOOKS_AHEAD.days + 1))
    return next((each for each in days if each > local and _begins(shift, each.date(), corp)), None)


def _begins(shift: Shift, day: date, corp: Settings | None) -> bool:
    usual = day.isoweekday() in shift.weekdays
    if corp is None:
        return usual
    return is_workday(day, corp) and (usual or day.isoweekday() not in corp.workdays)
