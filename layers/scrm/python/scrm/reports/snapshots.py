"""The numbers of closed days (RPT-19), from relations alone: any day can be counted anew. Pure."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from scrm.reports.happenings import DAY, NEVER, Count, Known, happenings

Group = Literal["all", "channel", "staff"]
GROUPS: tuple[Group, ...] = ("channel", "staff", "all")
AGES = (1, 3, 7, 14, 30, 60, 90)
"""How many days after an add snapshots look at it."""

Counts = dict[str, Counter[Count]]
"""Name of a line (a channel, a member in lower case, "" for all) to what happened."""


def counted(
    relations: Iterable[Known],
    groups: Iterable[Group],
    ages: Iterable[int],
    until: int,
    first: int | None = None,
) -> dict[Group, Counts]:
    """Return what happened to the relations before the moment `until`, by group and line.

    With `first` days before it are left out, but for how many were ACTIVE.
    """
    asked, looked = tuple(groups), tuple(ages)
    found: dict[Group, Counts] = {each: defaultdict(Counter) for each in asked}
    for relation in relations:
        whole = list(_since(happenings(relation.stays, looked, until), first))
        for group in asked:
            if group == "channel":
                channels = {each.channel_id for each in relation.stays}
                for name in channels:
                    own = whole
                    if len(channels) > 1:
                        own = list(_since(happenings(relation.stays, looked, until, name), first))
                    found[group][name].update(own)
            else:
                found[group][relation.userid if group == "staff" else ""].update(whole)
    return found


def _since(counts: Iterable[Count], first: int | None) -> Iterator[Count]:
    for each in counts:
        if first is None or each.day >= first:
            yield each
        elif each.what in {"opened", "closed"}:
            yield each._replace(day=first - 1)


def days_of(found: Mapping[str, Mapping[Count, int]], first: int, last: int) -> dict[int, str]:
    """Return the text of each day from `first` to `last`, as it is kept; equal counts, equal texts."""
    days: dict[int, dict[str, list[tuple[str, int, int, int]]]] = {day: {} for day in range(first, last + 1)}
    for name in sorted(found):
        moves: Counter[int] = Counter()
        for (what, age, day, since), number in sorted(found[name].items()):
            if what in {"opened", "closed"}:
                moves[day] += number if what == "opened" else -number
            elif what != "kept" and first <= day <= last:
                days[day].setdefault(name, []).append((what, age, since, number))
        active = sum(number for day, number in moves.items() if day < first)
        for day in range(first, last + 1):
            active += moves[day]
            if active:
                days[day].setdefault(name, []).append(("active", 0, NEVER, active))
    return {day: json.dumps(told, ensure_ascii=False, separators=(",", ":")) for day, told in days.items()}


def counts_of(texts: Mapping[int, str], first: int, names: Iterable[str] | None = None) -> Counts:
    """Return what happened on the days of these texts, for `summed` of a period that begins on `first`.

    Who was ACTIVE at the end of the day before `first` counts as who was when it began. `names` are the lines
    that are asked for; all without.
    """
    asked = None if names is None else set(names)
    found: Counts = defaultdict(Counter)
    for day, text in texts.items():
        for name, told in json.loads(text).items():
            if asked is not None and name not in asked:
                continue
            for what, age, since, number in told:
                if what != "active":
                    found[name][Count(what, age, day, since)] += number
                elif day == first - 1:
                    found[name][Count("opened", 0, day)] += number
    return found


def end_of(day: int) -> int:
    """Return the moment at which a counted Beijing day is over."""
    return (day + 1) * DAY - 28_800
