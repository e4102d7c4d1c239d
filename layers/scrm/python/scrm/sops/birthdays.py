"""Birthdays of customers, and the days on which they are kept. Pure."""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, datetime, time

from scrm.customers.model import Customer
from scrm.moments import BEIJING

FIELD = "birthday"
"""The customers' field that says when they were born: 1990-05-01, or 05-01."""
YEARS = 9
"""Among so many years there is one with a 29 February."""
LEAP_YEAR = 2024

_BORN = re.compile(r"(?:\d{4}-)?((?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))")


def birthday_of(customer: Customer) -> str:
    """Return a customer's birthday as MM-DD, "" where it is not known or no year has such a day."""
    found = _BORN.fullmatch(str(customer.custom_fields.get(FIELD, "")))
    return found[1] if found and _is_day(found[1]) else ""


def next_birthday(month_day: str, at: datetime) -> datetime | None:
    """Return the start of the next birthday in Beijing, today's too; None where it is not known."""
    if not month_day:
        return None
    today = at.astimezone(BEIJING).date()
    following = next(each for each in days_of(month_day, today.year) if each >= today)
    return datetime.combine(following, time(), BEIJING)


def days_of(month_day: str, year: int) -> Iterator[date]:
    """Yield the days of a birthday MM-DD from a year on; one of 29 February is kept on the 28th elsewhere."""
    month, day = (int(each) for each in month_day.split("-"))
    for each in range(year, year + YEARS):
        try:
            yield date(each, month, day)
        except ValueError:
            yield date(each, month, day - 1)


def _is_day(month_day: str) -> bool:
    """Return whether a year may have a day: what was typed by hand may be 30 February."""
    month, day = (int(each) for each in month_day.split("-"))
    return day <= monthrange(LEAP_YEAR, month)[1]
