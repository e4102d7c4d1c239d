"""Groups as events and answers tell of them, in whatever order (SVC-13)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from scrm.groups.folding import changed, dismissed, handed_over, read, without_erased
from scrm.groups.model import NOBODY, Change, Group, Member

NOW = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)
OWNER = Member("lisi", outside=False)


def people(*ids):
    return tuple(Member(each, outside=True, joined_at=5) for each in ids)


def a_group(version="v1", *ids):
    return Group("wrC1", name="家长群", owner="lisi", members=(OWNER, *people(*ids)), member_version=version)


def change(kind, last, version, *ids):
    return Change(kind, people(*ids), last, version, at=int(NOW.timestamp()))


def ids(group):
    return [each.id for each in group.members if each.outside]


JOINS = change("add", "v1", "v2", "wmB")
LEAVES = change("del", "v2", "v3", "wmA")
JOINS_TOO = change("add", "v3", "v4", "wmC", "wmD")


def test_svc_13_a_change_of_our_version_is_applied_and_nothing_is_read():
    after, asks = changed(a_group("v1", "wmA"), JOINS)

    assert (ids(after), after.member_version, asks) == (["wmA", "wmB"], "v2", False)


def test_a_change_said_again_says_nothing_new():
    after, _ = changed(a_group("v1", "wmA"), JOINS)

    assert changed(after, JOINS) == (after, False)


@pytest.mark.parametrize("order", list(permutations([JOINS, LEAVES, JOINS_TOO])))
def test_late_changes_are_folded_in_whatever_their_order(order):
    group = a_group("v1", "wmA")
    for each in order:
        group, _ = changed(group, each)

    assert (ids(group), group.member_version) == (["wmB", "wmC", "wmD"], "v4")


def test_a_change_of_another_version_asks_for_the_group():
    _, asks = changed(a_group("v1", "wmA"), LEAVES)

    assert asks


@pytest.mark.parametrize(
    "odd",
    [change("add", "v1", "v2"), change("add", "", "v2", "wmB"), change("add", "v1", "", "wmB")],
)
def test_a_change_that_does_not_say_whom_or_which_version_asks_for_the_group(odd):
    group = a_group("v1", "wmA")

    assert changed(group, odd) == (group, True)


def test_an_answer_older_than_what_we_know_does_not_take_it_back():
    known, _ = changed(a_group("v1", "wmA"), JOINS)
    known, _ = changed(known, LEAVES)
    older = a_group("v2", "wmA", "wmB")

    after, much_later = read(known, older, NOW), read(known, older, NOW + timedelta(days=2))

    assert (ids(after), after.member_version) == (["wmB"], "v3")
    assert (ids(much_later), much_later.recent) == (["wmA", "wmB"], ())


def test_somebody_leaves_who_was_not_there():
    _, asks = changed(a_group("v2", "wmB"), LEAVES)

    assert asks


def test_who_was_erased_stays_as_nobody_and_leaves_as_nobody():
    group = without_erased(a_group("v2", "wmA", "wmB"), ["wmA"])
    assert (ids(group), group.member_count, group.outside) == ([NOBODY, "wmB"], 3, frozenset({"wmB"}))

    after, asks = changed(group, LEAVES)

    assert (ids(after), after.member_count, asks) == (["wmB"], 2, False)


def test_a_dismissed_group_stays_dismissed_when_its_name_comes_late():
    gone = dismissed(a_group("v1", "wmA"), at=1772417700, now=NOW)
    assert (gone.status, gone.dismissed_at) == ("dismissed", NOW)
    assert (gone.outside, gone.member_count, ids(gone)) == (frozenset(), 2, [NOBODY])

    assert read(gone, a_group("v1", "wmA"), NOW).status == "dismissed"
    assert dismissed(gone, at=5, now=NOW) == gone


def test_inh_14_a_job_counts_once_among_what_wecom_took_on_the_job():
    once = handed_over(a_group("v1"), "wangwu", "onjob", "job1", NOW)
    again = handed_over(once, "wangwu", "onjob", "job1", NOW.replace(hour=9))

    assert once.accepted == again.accepted == ((NOW, "job1"),)
    assert once.owner == "wangwu"
    assert handed_over(a_group("v1"), "wangwu", "resigned", "job1", NOW).accepted == ()


def test_inh_14_an_answer_from_before_a_change_of_owner_does_not_take_it_back():
    given = handed_over(a_group("v1"), "wangwu", "resigned", "job1", NOW)
    older, other = a_group("v1"), replace(a_group("v1"), owner="zhangsan")
    soon, later = NOW + timedelta(minutes=9), NOW + timedelta(minutes=10)

    assert (read(given, older, soon).owner, read(given, other, soon).owner) == ("wangwu", "zhangsan")
    assert read(given, older, later).owner == "lisi"
    assert handed_over(given, "WangWu", "resigned", "job1", soon).handed_by == "lisi"


def test_a_new_owner_takes_the_mark_of_a_resigned_one_away():
    waiting = replace(a_group("v1"), owner_state="resigned")

    assert read(waiting, a_group("v1"), NOW).owner_state == "resigned"
    assert read(waiting, replace(a_group("v1"), owner="wangwu"), NOW).owner_state == "normal"


def test_recent_changes_are_few():
    group = a_group("v0")
    for number in range(60):
        wanted = change("add", f"w{number}", f"x{number}", *(f"wm{number}.{each}" for each in range(50)))
        group, _ = changed(group, wanted)

    assert len(group.recent) == 12
    assert sum(len(each.members) for each in group.recent) == 600
