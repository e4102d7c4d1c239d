"""M1, M2 by name, and the daily snapshots (RPT-19): single days add up to what is counted at once."""

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrm.customers.stays import Stay
from scrm.reports.formulas import shown
from scrm.reports.happenings import DAY, Count, Known, day_number, day_of, happenings, summed
from scrm.reports.keeping import Deletion, Retention, deletion, retention
from scrm.reports.snapshots import AGES, GROUPS, Group, counted, counts_of, days_of, end_of

FEWER = settings(max_examples=60)
D0 = 20_500
"""The day a period begins on."""


def at(day: float) -> int:
    """Return a moment of a day, counted from D0: noon, or by its fraction."""
    return end_of(D0 - 1) + int((day + (0.5 if day == int(day) else 0)) * DAY)


def sums(relations: list[tuple[Stay, ...]], last: int, until: float, *ages: int) -> Counter[str]:
    found: Counter[Count] = Counter()
    for stays in relations:
        found.update(happenings(stays, ages, at(until)))
    return summed(found, D0, D0 + last)


def cohort(stays: tuple[Stay, ...], age: int = 7, until: float = 60, last: int = 9) -> Retention:
    return retention(sums([stays], last, until, age), age)


def m1() -> list[tuple[Stay, ...]]:
    """150 added in five days, 50 later; 18 lost within 7 days, 24 of the 150 within 30; 10 handed over."""
    relations: list[tuple[Stay, ...]] = []
    for number in range(200):
        start = at(number // 30 if number < 150 else 8)
        left = start + 6 * DAY if number < 18 else start + 20 * DAY if number < 24 else None
        moved = start + DAY if 30 <= number < 40 else None
        relations.append((Stay(start, left_at=left, moved_at=moved),))
    return relations


def test_m1_200_added_18_lost_in_7_days_91_percent_30_days_with_150_matured_84_percent() -> None:
    assert shown(retention(sums(m1(), 9, 60, 7), 7).rate) == 0.91
    told = retention(sums(m1(), 9, 37, 30), 30)
    assert (told.added, told.matured, told.lost, shown(told.rate)) == (200, 150, 24, 0.84)
    assert (told.handed_over, told.deleted_by_staff, told.kept) == (10, 0, 166)


def test_m1_a_handover_or_a_deletion_by_staff_is_no_loss_and_told_apart() -> None:
    kept = [cohort((Stay(at(0), moved_at=at(2)),)), cohort((Stay(at(0), removed_at=at(2)),))]
    assert [(each.lost, each.rate) for each in kept] == [(0, Fraction(1))] * 2
    assert [(each.handed_over, each.deleted_by_staff) for each in kept] == [(1, 0), (0, 1)]
    assert cohort((Stay(at(0), assigned=True),)).added == 0
    both = cohort((Stay(at(0), removed_at=at(2), left_at=at(3)),))
    assert (both.lost, both.deleted_by_staff) == (1, 0)
    later = cohort((Stay(at(0), removed_at=at(2), left_at=at(9)),))
    assert (later.lost, later.deleted_by_staff) == (0, 1)


def test_m1_who_is_added_again_by_then_is_not_lost_and_counts_once() -> None:
    again = (Stay(at(0), left_at=at(2)), Stay(at(5)))
    assert (cohort(again).lost, cohort(again).readded, cohort(again).added) == (0, 1, 1)
    assert (cohort(again, 3).lost, cohort(again, 3).current) == (1, Fraction(1))
    late = (Stay(at(0), left_at=at(2)), Stay(at(8)))
    assert (cohort(late).lost, cohort(late).matured, cohort(late).current) == (1, 1, Fraction(1))
    # Nor is somebody who left, came back and was handed over since.
    assert cohort((Stay(at(0), left_at=at(2)), Stay(at(3), moved_at=at(4)))).lost == 0


def test_m1_matures_at_the_very_moment_and_nothing_later_counts() -> None:
    there = (Stay(at(0), left_at=at(7)),)
    found = [retention(summed(Counter(happenings(there, (7,), at(7) + late)), D0, D0), 7) for late in (0, 1)]
    assert [(each.matured, each.lost, each.rate) for each in found] == [(0, 0, None), (1, 1, 0)]


def test_m2_36_of_1200_are_3_percent_and_4_deletions_by_staff_are_apart() -> None:
    relations = [(Stay(at(-90), left_at=at(3) if n < 30 else None),) for n in range(1000)]
    relations += [(Stay(at(2), left_at=at(5) if n < 6 else None),) for n in range(200)]
    relations[500:504] = [(Stay(at(-90), removed_at=at(3)),)] * 4
    relations += [(Stay(at(-90), left_at=at(-2)),), (Stay(at(40)),)]
    found = deletion(sums(relations, 29, 60))
    assert (found.base, found.active_at_start, found.deleted, found.deleted_by_staff) == (1200, 1000, 36, 4)
    assert shown(found.rate) == 0.03


def test_m2_counts_relations_not_events_and_handovers_neither_way() -> None:
    twice = (Stay(at(-9), left_at=at(1)), Stay(at(2), left_at=at(3)))
    assert deletion(sums([twice], 9, 60)) == Deletion(1, 0, 1, 0, 0, 0)
    before = (Stay(at(-9), left_at=at(-2)), Stay(at(2)))
    assert deletion(sums([before], 9, 60)) == Deletion(0, 1, 0, 0, 0, 0)
    moved = [(Stay(at(-9), moved_at=at(1)),), (Stay(at(1), assigned=True),)]
    assert deletion(sums(moved, 9, 60)) == Deletion(1, 0, 0, 0, 1, 1)
    assert deletion(Counter()).rate is None


STRETCH = st.tuples(
    st.integers(0, 30 * 24),
    st.integers(0, 30 * 24),
    st.sampled_from(["left_at", "removed_at", "moved_at"]),
    st.sampled_from(["", "ch1", "ch2"]),
    st.sampled_from(["", "assigned", "both"]),
)


def relation(userid: str, stretches: list[tuple[int, int, str, str, str]]) -> Known:
    """Return a relation: hours before and of each stretch, and how it ends; a last one of 0 hours lasts."""
    found, moment = [], at(-30)
    for number, (before, hours, how, channel, more) in enumerate(stretches, 1):
        start = moment + before * 3600 + 1
        moment = start + hours * 3600
        last = number == len(stretches)
        ends = {} if last and not hours else {how: moment}
        if last and ends and how == "removed_at" and more == "both":
            ends["left_at"] = moment + 7 * DAY
        found.append(Stay(start, channel, assigned=more == "assigned", **ends))
    return Known(userid, tuple(found))


KNOWN = st.lists(
    st.builds(relation, st.sampled_from(["lisi", "wangwu"]), st.lists(STRETCH, min_size=1, max_size=3)),
    max_size=6,
)


@FEWER
@given(KNOWN, st.integers(-5, 25), st.integers(0, 25), st.sampled_from(AGES))
def test_rpt_19_snapshots_of_single_days_say_what_counting_at_once_says(
    relations: list[Known], start: int, days: int, age: int
) -> None:
    first, last, until = D0 + start, D0 + start + days, end_of(D0 + 58)
    live = counted(relations, GROUPS, AGES, until)
    snapshot = counted(relations, GROUPS, AGES, until, first - 1)
    for group in GROUPS:
        texts = days_of(snapshot[group], first - 1, D0 + 58)
        found = counts_of(texts, first)
        for name in live[group]:
            exact = summed(live[group][name], first, last)
            told = summed(found.get(name, Counter()), first, last)
            assert retention(told, age, current=False) == retention(exact, age, current=False)
            assert deletion(told) == deletion(exact)


@FEWER
@given(KNOWN, st.integers(0, 50))
def test_rpt_19_a_day_is_the_same_whichever_days_are_counted_with_it(
    relations: list[Known], day: int
) -> None:
    groups: tuple[Group, ...] = ("channel", "staff")
    alone = counted(relations, groups, AGES, end_of(D0 + day), D0 + day)
    among = counted(relations[::-1], groups, AGES, end_of(D0 + 58), D0)
    for group in groups:
        one = days_of(alone[group], D0 + day, D0 + day)
        assert one[D0 + day] == days_of(among[group], D0, D0 + 58)[D0 + day]


def test_days_are_beijing_s() -> None:
    from datetime import UTC, date, datetime

    late = datetime(2026, 3, 4, 16, 0, tzinfo=UTC)
    assert day_of(int(late.timestamp())) == day_number(date(2026, 3, 5))
    assert day_of(int(late.timestamp()) - 1) == day_number(date(2026, 3, 4))
    assert end_of(day_number(date(2026, 3, 4))) == int(late.timestamp())


def test_m1_a_channel_has_the_adds_that_came_through_it() -> None:
    there = Known("lisi", (Stay(at(0), "ch1", left_at=at(2)), Stay(at(5), "ch2")))
    found = counted([there], ("channel", "all"), (7,), at(60))
    told = {name: retention(summed(counts, D0, D0 + 9), 7) for name, counts in found["channel"].items()}
    assert {name: (each.added, each.lost, each.readded) for name, each in told.items()} == {
        "ch1": (1, 0, 1),
        "ch2": (1, 0, 0),
    }
    assert summed(found["all"][""], D0, D0 + 9)["added"] == 1


@pytest.mark.parametrize("months", [False, True])
def test_month_cohorts_are_by_first_event(months: bool) -> None:
    again = (Stay(at(-40), left_at=at(-35)), Stay(at(2)))
    found = summed(Counter(happenings(again, (7,), at(60))), D0, D0 + 27, firsts=months)
    assert found["added"] == (0 if months else 1)
