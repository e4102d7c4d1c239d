"""On which days the corp works: its settings over the calendar that the State Council announces. Pure.

What decides, in this order: `extra_workdays` of the settings, `holidays` of the settings, the announced
holidays and 调休 workdays, `workdays` of the week. Who works through a public holiday writes it into
`extra_workdays`. A year comes to be known with the release of the library that follows its announcement, each
November; until then the settings and the week decide alone, and the doctor says so (docs/decisions/0024).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from scrm.settings.model import Settings

MOST_DAYS = 400
"""Beyond this nobody works: a calendar without working days ends nowhere."""


class NeverWorks(ValueError):
    """The corp works on no day within reach."""


@dataclass(frozen=True)
class Announced:
    """What was announced: days off that would be worked or not, and weekends that are worked for them."""

    off: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()

    def knows(self, year: int) -> bool:
        """Return whether a year was announced; its first days alone may be part of the year before's."""
        return date(year, 10, 1) in self.off


def is_workday(day: date, corp: Settings) -> bool:
    """Return whether the corp works on a Beijing day."""
    written = day.isoformat()
    if written in corp.extra_workdays:
        return True
    if written in corp.holidays:
        return False
    announced = _announced()
    if day in announced.off:
        return False
    return day in announced.worked or day.isoweekday() in corp.workdays


def next_workday(day: date, corp: Settings) -> date:
    """Return the first working day after a Beijing day. Raises NeverWorks."""
    for distance in range(1, MOST_DAYS):
        if is_workday(later := day + timedelta(days=distance), corp):
            return later
    raise NeverWorks


def is_announced(year: int) -> bool:
    """Return whether the public holidays of a year are known here."""
    return _announced().knows(year)


@cache
def _announced() -> Announced:
    """Return what the library knows, read once a process, when it is first asked: reading it takes 10 ms."""
    import chinese_calendar as kept

    holidays: Mapping[date, str] = kept.holidays
    worked: Mapping[date, str] = kept.workdays
    return Announced(frozenset(holidays), frozenset(worked))
