"""Counting relations for a report: from all cards, or, where there are too many, from snapshots."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

from scrm.http import problems
from scrm.moments import BEIJING, rfc3339
from scrm.reports import relations, sources
from scrm.reports.happenings import Count, date_of, day_number
from scrm.reports.snapshots import AGES, Counts, Group, counted, counts_of, end_of
from scrm.reports.snapshots_dynamodb import texts_of
from scrm.reports.span import Span

Source = Literal["relations", "snapshots"]
MOST_TEXT = 30_000_000
"""So many characters of snapshots are read within a request's time."""


@dataclass(frozen=True)
class Asked:
    """What a report counts: `ages` after the add, lines by `group`, of the members `seen` (None: of all).

    `as_of`: until when. With `stock` it also counts who was ACTIVE when the first day began.
    """

    span: Span
    group: Group
    as_of: datetime
    ages: tuple[int, ...] = ()
    seen: frozenset[str] | None = None
    stock: bool = False

    @property
    def first(self) -> int:
        """Return the first day as a number."""
        return day_number(self.span.first)

    @property
    def last(self) -> int:
        """Return the last day as a number."""
        return day_number(self.span.last)


@dataclass(frozen=True)
class Told:
    """What was counted, by line and of all together, from what, and until when."""

    lines: Counts
    total: Counter[Count]
    source: Source
    as_of: datetime


def told(asked: Asked) -> Told:
    """Return the counts: from relations as they are, beyond `relations.MOST` from snapshots.

    Raises 409 where neither can be: snapshots are missing, look at other ages, or know no channels of a part
    of the members.
    """
    since = "" if asked.stock else rfc3339(asked.span.since.astimezone(UTC))
    try:
        there = [
            each
            for each in relations.known(since, relations.MOST)
            if asked.seen is None or each.userid in asked.seen
        ]
    except relations.TooMany:
        return _from_snapshots(asked)
    groups: tuple[Group, ...] = (asked.group, "all")
    found = counted(there, dict.fromkeys(groups), asked.ages, int(asked.as_of.timestamp()) + 1)
    return Told(found[asked.group], found["all"][""], "relations", asked.as_of)


def _from_snapshots(asked: Asked) -> Told:
    if not set(asked.ages) <= set(AGES):
        raise problems.invalid_field("d", f"关系较多，只能按 {'、'.join(map(str, AGES))} 天统计")
    if asked.seen is not None and asked.group == "channel":
        raise problems.conflict("too_many", "关系较多，请按员工统计或缩短时间范围")
    closed = day_number(asked.as_of.astimezone(BEIJING).date()) - 1
    if int(asked.as_of.timestamp()) + 1 == end_of(closed + 1):
        closed += 1
    group: Group = "staff" if asked.seen is not None else asked.group
    days = _days(asked, closed)
    texts = _texts(group, days, closed)
    covered = max(texts, default=closed)
    lines = counts_of(texts, asked.first, asked.seen)
    total: Counter[Count] = Counter()
    for each in (
        lines if asked.seen is not None else counts_of(texts_of("all", texts), asked.first)
    ).values():
        total.update(each)
    at = datetime.fromtimestamp(end_of(covered) - 1, UTC)
    return Told(lines, total, "snapshots", at)


def _days(asked: Asked, closed: int) -> list[int]:
    """Return which days' snapshots say it: those of the period, and those of the looks at its adds."""
    shifts = (0, *asked.ages)
    days = {day + shift for day in range(asked.first, asked.last + 1) for shift in shifts}
    if asked.stock:
        days.add(asked.first - 1)
    return sorted(each for each in days if each <= closed)


def _texts(group: Group, days: Collection[int], closed: int) -> dict[int, str]:
    """Return the snapshots of these days; only that of the latest closed one may not be made yet."""
    texts = texts_of(group, days)
    missing = [each for each in days if each not in texts and each != closed]
    if missing:
        raise problems.conflict(
            "not_computed", f"缺少 {date_of(missing[0])} 至 {date_of(missing[-1])} 的日快照，请先补做"
        )
    if sum(map(len, texts.values())) > MOST_TEXT:
        raise sources.too_many()
    return texts


def moment_of(as_of: date | None, now: datetime) -> datetime:
    """Return until when a report counts: now, or the end of a day. Raises 422 for a day to come."""
    if as_of is None:
        return now
    today = now.astimezone(BEIJING).date()
    if as_of > today:
        raise problems.invalid_field("as_of", "不能晚于今天")
    end = datetime.fromtimestamp(end_of(day_number(as_of)) - 1, UTC)
    return min(end, now)
