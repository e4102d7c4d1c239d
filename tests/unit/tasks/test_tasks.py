"""What names a to-do: the same change makes the same one, and its id tells whose it is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scrm.tasks.model import owner_in, task

NOW = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)


def one(owner="ZhangSan", due=NOW, source="e1", kind="follow"):
    return task(kind, owner, due, source, created_at=NOW)


def test_the_same_change_makes_the_same_to_do():
    assert one().id == one("zhangsan").id
    assert len({one().id, one(source="e2").id, one(kind="call").id, one(owner="LiSi").id}) == 4


@pytest.mark.parametrize("owner", ["ZhangSan", "wang-li_8.x@corp", "a"])
def test_the_id_tells_the_owner(owner):
    assert owner_in(one(owner).id) == owner.lower()


@pytest.mark.parametrize(
    "wrong", ["", "-", "20260302T021500Z", "20260302T021500Z-abc", "20260302T021500Z-abc-"]
)
def test_what_is_no_id_has_no_owner(wrong):
    assert owner_in(wrong) is None


def test_ids_sort_by_due_time():
    later = [one(due=NOW + timedelta(hours=hours)).id for hours in range(5)]

    assert sorted(later) == later


def test_overdue_is_what_is_open_after_its_time():
    assert one(due=NOW).overdue(NOW + timedelta(seconds=1))
    assert not one(due=NOW).overdue(NOW)
    step = replace(one(due=NOW), payload={"step_key": "A1"})
    assert not step.overdue(NOW + timedelta(hours=4)), "a step is due when it may be done"
    assert step.overdue(NOW + timedelta(hours=4, seconds=1))
