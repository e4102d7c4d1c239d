"""How many leads a quarter is to bring, and how many it has (LED-32). Pure.

A lead counts in the Beijing quarter it began in, unless it is INVALID, MERGED or waits for a second person.
For a department those count that its members, or members of departments below it, have now.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Literal

from scrm.leads.model import Lead
from scrm.reports.formulas import ratio
from scrm.reports.span import Span, month_span
from scrm.staff.model import Directory

Part = Literal["corp", "department", "channel"]


@dataclass(frozen=True)
class Target:
    """So many valid leads: of all, or of one department or channel, by its id."""

    part: Part
    id: str
    leads: int


@dataclass(frozen=True)
class Met:
    """A target, how many leads there are, and how many besides wait for a second person."""

    target: Target
    leads: int
    in_doubt: int

    @property
    def rate(self) -> Fraction | None:
        """Return how much of the target is reached."""
        return ratio(self.leads, self.target.leads)


def span_of_quarter(quarter: str) -> Span:
    """Return the days of a quarter, 2026-Q1."""
    year, _, number = quarter.partition("-Q")
    return month_span(f"{year}-{int(number) * 3 - 2:02}", 3)


def quarter_of(day: date) -> str:
    """Return the quarter that a day is of."""
    return f"{day.year}-Q{(day.month + 2) // 3}"


def met(targets: Iterable[Target], leads: Iterable[Lead], people: Directory) -> list[Met]:
    """Return how far each target is met by the leads of its quarter."""
    there = list(leads)
    found = []
    for each in targets:
        is_of = _is_of(each, people)
        theirs = [lead for lead in there if is_of(lead)]
        counted = sum(lead.counts for lead in theirs)
        found.append(Met(each, counted, sum(lead.doubt == "pending" for lead in theirs)))
    return found


def _is_of(target: Target, people: Directory) -> Callable[[Lead], bool]:
    if target.part == "corp":
        return lambda _: True
    if target.part == "channel":
        return lambda lead: lead.channel_id == target.id
    below = people.below([int(target.id)])

    def of_department(lead: Lead) -> bool:
        owner = people.get(lead.owner) if lead.owner else None
        return owner is not None and bool(below & set(owner.departments))

    return of_department
