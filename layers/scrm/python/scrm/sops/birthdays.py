"""When a customer was born, and the days on which a birthday is kept (spec 3.2). Pure."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time

from scrm.customers.model import Customer
from scrm.moments import BEIJING

YEARS = 9
"""Among so many years there is one with a 29 February."""

FIELD = "birthday"
"""The customers' field that says when they were born: 1990-05-01, or 05-01."""

_BORN = re.compile(r"(?:\d{4}-)?((?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))")


def days_of(month_day: str, year: int) -> Iterator[date]:
    """Yield the days of a birthday MM-DD from a year on; one of 29 February is kept on the 28th elsewhere."""
    month, day = (int(each) for each in month_day.split("-"))
    for each in range(year, year + YEARS):
        try:
            yield date(each, month, day)
        except ValueError:
            yield date(each, month, day - 1)


def birthday_of(customer: Customer) -> str:
    """Return a customer's birthday as MM-DD, "" where it is not known."""
    found = _BORN.fullmatch(str(customer.custom_fields.get(FIELD, "")))
    return found[1] if found else ""


def next_birthday(month_day: str, at: datetime) -> datetime | None:
    """Return the start of the next birthday in Beijing, today's too; None where it is not known."""
    if not month_day:
        return None
    today = at.astimezone(BEIJING).date()
    day = next(each for each in days_of(month_day, today.year) if each >= today)
    return datetime.combine(day, time(), BEIJING)
