"""To-dos as stored: opened once, listed by due time, closed once."""

from datetime import timedelta

import pytest

from scrm.tasks.model import TaskChanged, TaskClosed, TaskNotFound, task


@pytest.fixture
def tasks(tables):
    from scrm.tasks.dynamodb import DynamoTasks

    return DynamoTasks()


@pytest.fixture
def made(tasks, at):
    """Open a to-do of zhangsan that is due after so many hours."""
    now = at("2026-03-02T10:15:00+08:00")

    def make(hours=1, owner="zhangsan", **more):
        one = task("follow", owner, now + timedelta(hours=hours), f"s{hours}", created_at=now, **more)
        tasks.open(one)
        return one

    return make


def test_it_is_opened_once_and_reads_back_as_made(tasks, made, tables):
    one = made(external_userid="wm1", customer_id="cu_1", payload={"reason": "new_customer"})

    assert tasks.get(one.id) == one
    assert tasks.open(one) is False
    assert len(tables.rows("MEMBER#zhangsan", "TASK#")) == 1


def test_opening_again_does_not_reopen_what_is_done(tasks, made):
    one = made()
    tasks.close(one.id, 1, "done", by="zhangsan", at=one.due)
    tasks.open(one)

    assert tasks.get(one.id).status == "done"


def test_pages_are_complete_in_order_and_survive_inserts(tasks, made):
    for hours in (5, 1, 3, 2, 4):
        made(hours)
    first, after = tasks.of_member("ZhangSan", limit=2)
    made(0.5)
    second, after = tasks.of_member("ZhangSan", limit=2, after=after)
    third, end = tasks.of_member("ZhangSan", limit=2, after=after)

    assert [each.due.hour - first[0].due.hour for each in (*first, *second, *third)] == [0, 1, 2, 3, 4]
    assert end is None


def test_lists_tell_open_ones_of_one_customer_until_a_time(tasks, made):
    done, soon, late = made(1, external_userid="wm1"), made(2, external_userid="wm1"), made(30)
    tasks.close(done.id, 1, "done", by="zhangsan", at=done.due)

    assert [each.id for each in tasks.of_member("zhangsan")[0]] == [soon.id, late.id]
    assert [each.id for each in tasks.of_member("zhangsan", due_until=soon.due)[0]] == [soon.id]
    assert [each.id for each in tasks.of_member("zhangsan", external_userid="wm1")[0]] == [soon.id]
    assert len(tasks.of_member("zhangsan", status=None)[0]) == 3
    assert tasks.of_member("lisi") == ([], None)


def test_it_is_closed_once(tasks, made):
    one = made()
    closed = tasks.close(one.id, 1, "done", by="zhangsan", at=one.due, note="已回访")

    assert (closed.status, closed.version, closed.note, closed.closed_by) == ("done", 2, "已回访", "zhangsan")
    assert tasks.close(one.id, 1, "done", by="zhangsan", at=one.due) == closed
    with pytest.raises(TaskClosed):
        tasks.close(one.id, 2, "cancelled", by="admin", at=one.due)
    assert tasks.get(one.id) == closed


def test_a_stale_version_and_a_missing_one_write_nothing(tasks, made, tables):
    one = made()
    before = tables.typed()

    with pytest.raises(TaskChanged):
        tasks.close(one.id, 7, "done", by="zhangsan", at=one.due)
    for missing in ("20260302T021500Z-000000000000-zhangsan", "nonsense"):
        with pytest.raises(TaskNotFound):
            tasks.close(missing, 1, "done", by="zhangsan", at=one.due)
        assert tasks.get(missing) is None
    assert tables.typed() == before
