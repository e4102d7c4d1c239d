"""The days a report is of: from one Beijing day to another, both included, at most 400."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from pydantic import Field

from scrm.http import problems
from scrm.http.fields import In, Out
from scrm.moments import BEIJING

USUAL_DAYS = 30
MOST_DAYS = 400


class SpanQuery(In):
    """From one Beijing day to another, both included; the latest 30 days without."""

    start: Annotated[date | None, Field(alias="from")] = None
    end: Annotated[date | None, Field(alias="to")] = None


class SpanOut(Out):
    """The days a report is of."""

    start: str
    end: str


@dataclass(frozen=True)
class Span:
    """The days from `first` to `last`, both included."""

    first: date
    last: date

    @property
    def since(self) -> datetime:
        """Return when the first day begins."""
        return datetime.combine(self.first, time(), BEIJING)

    @property
    def until(self) -> datetime:
        """Return when the last day is over."""
        return datetime.combine(self.last + timedelta(days=1), time(), BEIJING)

    @property
    def months(self) -> list[str]:
        """Return the months the days are of."""
        found, month = [], self.first.replace(day=1)
        while month <= self.last:
            found.append(f"{month:%Y-%m}")
            month = next_month(month)
        return found

    def holds(self, at: datetime | None) -> bool:
        """Return whether a time is of these days."""
        return at is not None and self.since <= at < self.until

    def part_of(self, costs: Mapping[str, int]) -> int:
        """Return the part of monthly costs that falls on these days: by days, to the next fen below."""
        whole = 0
        for month in self.months:
            begin = date.fromisoformat(f"{month}-01")
            end = next_month(begin)
            days = (min(end, self.last + timedelta(days=1)) - max(begin, self.first)).days
            whole += costs.get(month, 0) * days // (end - begin).days
        return whole


def span_of(asked: SpanQuery, now: datetime, usual: int = USUAL_DAYS) -> Span:
    """Return the days asked for, the latest `usual` ones where none are.

    Raises 422 naming `from` where they are too many or the wrong way round.
    """
    last = asked.end or now.astimezone(BEIJING).date()
    first = asked.start or last - timedelta(days=usual - 1)
    if first > last:
        raise problems.invalid_field("from", "不能晚于结束日期")
    if (last - first).days >= MOST_DAYS or first.year < 2000 or last.year > 2100:
        raise problems.invalid_field("from", f"最多 {MOST_DAYS} 天")
    return Span(first, last)


def month_span(month: str, months: int = 1) -> Span:
    """Return the days of a month (YYYY-MM), or of so many from it on."""
    first = date.fromisoformat(f"{month}-01")
    end = first
    for _ in range(months):
        end = next_month(end)
    return Span(first, end - timedelta(days=1))


def next_month(month: date) -> date:
    """Return the first day of the month after."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def days_of(span: Span) -> dict[str, Any]:
    """Return the days as a report shows them (SpanOut)."""
    return {"start": span.first.isoformat(), "end": span.last.isoformat()}
