"""What happened to relations, counted by Beijing day: what M1, M2 and the daily snapshots are made of. Pure.

Each count says on which day the relation had last met the same before. So the counts of single days add up to
the distinct relations of any period: a second time counts only where the first lies before the period.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from scrm.customers.stays import Stay

DAY = 86_400
BEIJING_AHEAD = 28_800
NEVER = -1
EPOCH = date(1970, 1, 1).toordinal()


class Count(NamedTuple):
    """What happened on a day; `age` is how many days after the add it was looked at, 0 for what is no look.

    `since`: the day on which the same relation had met this before, or on which the cohort's add before was.
    """

    what: str
    age: int
    day: int
    since: int = NEVER


@dataclass(frozen=True)
class Known:
    """A relation: whose it is (in lower case), and its stretches, oldest first."""

    userid: str
    stays: tuple[Stay, ...]


def day_of(at: int) -> int:
    """Return the Beijing day of a moment, counted from 1970."""
    return (at + BEIJING_AHEAD) // DAY


def day_number(day: date) -> int:
    """Return a Beijing day as `day_of` counts it."""
    return day.toordinal() - EPOCH


def date_of(day: int) -> date:
    """Return the date of a counted day."""
    return date.fromordinal(day + EPOCH)


def happenings(
    stays: Sequence[Stay], ages: Iterable[int], until: int, channel: str | None = None
) -> Iterator[Count]:
    """Yield what happened to a relation before the moment `until`, of one channel's stretches or of all.

    `opened`, `closed`: it began or ended to be ACTIVE; `added`: an add, `base`: the same since the stretch
    before had ended, as M2 counts it; `in`, `out`: handed over; `lost`, `removed`: deleted by them, by staff.
    At each age of an add that has come: `matured`, and `lost`, `removed`, `out` or `back` (lost, and added
    again by then). `kept`: still ACTIVE, on the day of the add.
    """
    before: dict[str, int] = {}
    ended = NEVER
    for stay in stays:
        if channel is not None and stay.channel_id != channel:
            continue
        if stay.start is not None and stay.start < until:
            day = day_of(stay.start)
            yield Count("opened", 0, day)
            if stay.assigned:
                yield Count("in", 0, day)
            else:
                since = before.get("added", NEVER)
                before["added"] = day
                yield Count("added", 0, day, since)
                yield Count("base", 0, day, ended)
                yield from _later(stays, stay.start, ages, until, since)
        for what, at in (("lost", stay.left_at), ("removed", stay.removed_at), ("out", stay.moved_at)):
            if at is not None and at < until:
                yield Count(what, 0, day_of(at), before.get(what, NEVER))
                before[what] = day_of(at)
        if stay.end is not None and stay.end < until:
            ended = day_of(stay.end)
            if stay.start is not None:
                yield Count("closed", 0, ended)


def _later(stays: Sequence[Stay], start: int, ages: Iterable[int], until: int, since: int) -> Iterator[Count]:
    """Yield what had become of an add at each age, and whether the relation is ACTIVE still."""
    for age in ages:
        at = start + age * DAY
        if at < until:
            yield Count("matured", age, day_of(at), since)
            if found := state_at(stays, start, at):
                yield Count(found, age, day_of(at), since)
    if state_at(stays, start, until - 1) in {"", "back"}:
        yield Count("kept", 0, day_of(start), since)


def state_at(stays: Sequence[Stay], start: int, at: int) -> str:
    """Return "" while ACTIVE since `start`, "back" when ACTIVE again after a loss, else how it had ended."""
    last, lost = None, False
    for stay in stays:
        if stay.start is not None and start <= stay.start <= at:
            last = stay
            lost = lost or (stay.left_at is not None and stay.left_at <= at)
    if last is None or last.end is None or last.end > at:
        return "back" if lost else ""
    if last.left_at is not None and last.left_at <= at:
        return "lost"
    return "out" if last.moved_at is not None and last.moved_at <= at else "removed"


def summed(counts: Mapping[Count, int], first: int, last: int, *, firsts: bool = False) -> Counter[str]:
    """Return how many distinct relations met what, in the days from `first` to `last`.

    What was looked at some days after the add counts by the day of the add: "lost" of the days themselves,
    "lost7" of those added in them. `active` is how many were ACTIVE when `first` began. With `firsts` an add
    counts only if the relation never had one before: cohorts by first event (spec 6).
    """
    found: Counter[str] = Counter()
    for (what, age, day, since), number in counts.items():
        if what in {"opened", "closed"}:
            if day < first:
                found["active"] += number if what == "opened" else -number
        elif first <= day - age <= last and (since == NEVER if firsts else since < first):
            found[f"{what}{age or ''}"] += number
    return found
