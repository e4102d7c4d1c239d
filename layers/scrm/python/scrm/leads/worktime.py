"""Working time, as the first SLA counts it (spec 4.5 R1, oracle L17). Pure."""

from datetime import datetime, time, timedelta

from scrm.settings.model import BEIJING, Settings
from scrm.workdays import MOST_DAYS, NeverWorks, is_workday


def due_after(start: datetime, worked: timedelta, corp: Settings) -> datetime:
    """Return when `worked` hours of the corp's working time have passed since `start`.

    What begins outside of them begins with the next. Raises NeverWorks.
    """
    left = worked
    day = start.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
    for _ in range(MOST_DAYS):
        for begins, ends in _hours_of(day, corp):
            here = max(begins, start)
            if here < ends:
                if here + left <= ends:
                    return here + left
                left -= ends - here
        day += timedelta(days=1)
    raise NeverWorks


def _hours_of(day: datetime, corp: Settings) -> list[tuple[datetime, datetime]]:
    """Return the working hours that begin on a Beijing day; over midnight they end on the next."""
    if not is_workday(day.date(), corp):
        return []
    begins, ends = _at(day, corp.working_hours.start), _at(day, corp.working_hours.end)
    return [(begins, ends if ends > begins else ends + timedelta(days=1))]


def _at(day: datetime, clock: str) -> datetime:
    at = time.fromisoformat(clock)
    return day.replace(hour=at.hour, minute=at.minute)
