"""The days on which a birthday is kept. Pure."""

from collections.abc import Iterator
from datetime import date

YEARS = 9
"""Among so many years there is one with a 29 February."""


def days_of(month_day: str, year: int) -> Iterator[date]:
    """Yield the days of a birthday MM-DD from a year on; one of 29 February is kept on the 28th elsewhere."""
    month, day = (int(each) for each in month_day.split("-"))
    for each in range(year, year + YEARS):
        try:
            yield date(each, month, day)
        except ValueError:
            yield date(each, month, day - 1)
