"""Which groups may change hands, and on how many days (INH-14)."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from scrm.groups.choosing import chosen, day_of, days_for, next_day, refusal
from scrm.groups.model import Group
from scrm.staff.model import Member

NOW = datetime(2026, 4, 9, 2, tzinfo=UTC)
GROUP = Group("wr1", owner="LiSi")
LISI = Member("lisi", "李四")
LEFT = replace(LISI, status="left")


@pytest.mark.parametrize(
    ("group", "mode", "owner", "why"),
    [
        (None, "onjob", None, "not_found"),
        (replace(GROUP, status="dismissed"), "onjob", LISI, "dismissed"),
        (replace(GROUP, owner="WangWu"), "onjob", LISI, "same_owner"),
        (replace(GROUP, owner_state="transferring"), "resigned", LEFT, "transferring"),
        (GROUP, "onjob", LISI, None),
        (GROUP, "onjob", replace(LISI, status="disabled"), None),
        (GROUP, "onjob", LEFT, "owner_resigned"),
        (replace(GROUP, owner_state="resigned"), "onjob", LISI, "owner_resigned"),
        (GROUP, "resigned", LISI, "owner_employed"),
        (GROUP, "resigned", LEFT, None),
        (GROUP, "resigned", None, None),
        (replace(GROUP, owner_state="resigned"), "resigned", LISI, None),
    ],
)
def test_what_keeps_a_group_with_its_owner(group, mode, owner, why):
    assert refusal(group, mode, "wangwu", owner, NOW) == why


@pytest.mark.parametrize(("day", "why"), [(9, "quota90"), (10, None)])
def test_i11_twice_within_90_natural_days_on_the_job(day, why):
    accepted = ((datetime(2026, 1, 10, 2, tzinfo=UTC), "j1"), (datetime(2026, 3, 1, 2, tzinfo=UTC), "j2"))
    group = replace(GROUP, accepted=accepted)

    assert refusal(group, "onjob", "wangwu", LISI, NOW.replace(day=day)) == why
    assert refusal(group, "resigned", "wangwu", LEFT, NOW) is None


def test_the_order_asked_for_is_kept():
    asked = [("wr2", None), ("wr1", GROUP), ("wr3", replace(GROUP, chat_id="wr3"))]

    choice = chosen(asked, "onjob", "wangwu", lambda _: LISI, NOW)

    assert [each.chat_id for each in choice.movable] == ["wr1", "wr3"]
    assert choice.refused == (("wr2", None, "not_found"),)


@pytest.mark.parametrize(
    ("groups", "today", "days"),
    [(0, 0, 0), (1, 0, 1), (300, 0, 1), (301, 0, 2), (1, 300, 1), (20, 300, 1), (301, 299, 2), (901, 0, 4)],
)
def test_300_of_an_owner_a_day(groups, today, days):
    assert days_for(groups, today) == days


def test_a_day_is_beijings():
    late = datetime(2026, 4, 9, 15, 59, tzinfo=UTC)

    assert (day_of(late), day_of(late.replace(hour=16))) == ("2026-04-09", "2026-04-10")
    assert next_day(late) == datetime(2026, 4, 9, 16, tzinfo=UTC)
