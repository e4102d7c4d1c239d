"""spec 3.6, NTF-02, NTF-03, O-S9: who is told of a step, when, and how often."""

from typing import Any

import pytest

from tests.component.sops.sops_world import at
from tests.component.sops.staff_world import Staff, messages, notices, release
from tests.unit.sops.journeys import SOP_A, SOP_T, with_policy


@pytest.fixture
def team(sops: Any) -> None:
    """zhangsan, whose manager is zhaoliu."""
    from scrm.staff.dynamodb import StaffRow
    from scrm.staff.model import Member

    for each in (
        Member("zhangsan", "张三", direct_leaders=("zhaoliu",)),
        Member("zhaoliu", "赵六", role="team_lead"),
    ):
        StaffRow.of(each).save()


def entered(sops: Any, version: Any = SOP_A, name: str = "小雨") -> tuple[str, str]:
    sops.put(version)
    there, customer_id = sops.friend(name)
    sops.enter(customer_id, version)
    sops.tick()
    return there, customer_id


def again(sops: Any) -> None:
    """Deliver the whole stream once more."""
    for start in range(0, len(sops.bundle.cloud.store.stream), 100):
        records = sops.bundle.cloud.store.stream[start : start + 100]
        sops.bundle.invoke("react_to_changes", {"Records": records})
    sops.bundle.settle()


def test_o_s9_ntf_02_a_due_step_is_told_of_once(sops: Any, team: None) -> None:
    entered(sops)
    sops.tick(times=2)
    again(sops)
    (one,) = notices(sops, "zhangsan", "due_task")
    assert one["facts"] == {"title": "问小区、面积"}
    release(sops, "02 10:46")
    said = messages(sops, "zhangsan")[-1]
    (to_do,) = sops.to_dos("zhangsan")
    assert "问小区、面积 小雨" in said
    assert f"https://scrm.test/workbench/tasks/{to_do.id}" in said


def test_ntf_06_the_link_opens_the_owners_step_and_no_colleagues(sops: Any, team: None) -> None:
    entered(sops)
    (to_do,) = sops.to_dos("zhangsan")
    path = f"/workbench/tasks/{to_do.id}"
    assert Staff(sops).get(path)["sop"]["bar"]["text"] == "0/5"
    refused = Staff(sops, "lisi").ask("GET", path)
    assert (refused.status, refused.code) == (403, "not_your_task")


def test_ntf_03_ten_steps_in_half_an_hour_are_one_message(sops: Any, team: None) -> None:
    version = sops.put(SOP_A)
    for number in range(10):
        sops.clock(f"02 11:{number * 3:02d}")
        _, customer_id = sops.friend(f"客户{number}")
        sops.enter(customer_id, version)
        sops.tick()
    before = len(messages(sops, "zhangsan"))
    release(sops, "02 11:31")
    said = messages(sops, "zhangsan")[before:]
    assert len(said) == 1
    assert "你有 10 条新提醒" in said[0]
    release(sops, "02 12:30")
    assert len(messages(sops, "zhangsan")) == before + 1


def test_3_6_reminded_after_four_hours_and_next_morning_then_the_manager(sops: Any, team: None) -> None:
    entered(sops)
    sops.ticks("02 14:00", "03 10:30", 15)
    again(sops)
    told = notices(sops, "zhangsan", "due_task")
    assert [(each["at"], each["facts"]["title"]) for each in told] == [
        ("2026-03-02T02:15:00+00:00", "问小区、面积"),
        ("2026-03-02T06:15:00+00:00", "尚未完成：问小区、面积"),
        ("2026-03-03T01:00:00+00:00", "尚未完成：问小区、面积"),
    ]
    (escalated,) = notices(sops, "zhaoliu", "step_overdue")
    assert escalated["at"] == "2026-03-03T02:15:00+00:00"
    assert messages(sops, "zhaoliu") == [], "it waits for what else is late"
    release(sops, "03 10:46")
    (said,) = messages(sops, "zhaoliu")
    (to_do,) = sops.to_dos("zhangsan")
    assert "成员超过 24 小时未完成" in said
    assert "张三 问小区、面积 小雨" in said
    assert f"/workbench/tasks/{to_do.id}" in said
    sops.ticks("03 11:00", "05 11:00", 240)
    assert len(notices(sops, "zhaoliu", "step_overdue")) == 1


def test_ntf_03_what_ten_customers_wait_for_is_one_message_to_the_manager(sops: Any, team: None) -> None:
    version = sops.put(SOP_A)
    for number in range(10):
        _, customer_id = sops.friend(f"客户{number}")
        sops.enter(customer_id, version)
    sops.ticks("02 10:15", "03 10:15", 60)
    release(sops, "03 10:46")
    (said,) = messages(sops, "zhaoliu")
    assert "你有 10 条新提醒" in said
    assert "成员超过 24 小时未完成：张三 问小区、面积 客户9" in said


def test_3_6_nobody_is_told_after_it_was_done(sops: Any, team: None) -> None:
    _, x = entered(sops)
    release(sops, "02 10:46")
    told, before = messages(sops, "zhangsan"), sops.enrollment(x, "A")
    assert before.reminded == 0
    sops.do("zhangsan", "A1", "02 14:14")
    sops.ticks("02 14:15", "02 20:00", 15)
    release(sops, "02 20:30")
    assert messages(sops, "zhangsan") == told
    assert notices(sops, "zhaoliu", "step_overdue") == []


def test_3_6_a_reminder_that_the_evidence_overtakes_is_not_told(sops: Any, team: None) -> None:
    """The clock reminds while the to-do is done already and its message is on the way."""
    from scrm.tasks.dynamodb import DynamoTasks

    _, x = entered(sops)
    (to_do,) = sops.to_dos("zhangsan")
    sops.clock("02 14:14")
    DynamoTasks().close(to_do.id, to_do.version, "done", by="zhangsan", at=sops.bundle.time.now())
    sops.tick("02 14:15")
    run = sops.enrollment(x, "A").latest("A1")
    assert (run.status, run.at) == ("SENT", at("02 14:14"))
    assert len(notices(sops, "zhangsan", "due_task")) == 1


def test_a_step_that_was_put_off_is_told_of_then_and_not_before(sops: Any, team: None) -> None:
    there, _ = entered(sops)
    Staff(sops).act(there, "postpone", until=at("02 16:00").isoformat())
    before = len(messages(sops, "zhangsan"))
    release(sops, "02 10:50")
    sops.tick("02 14:15")
    release(sops, "02 15:00")
    assert len(messages(sops, "zhangsan")) == before
    release(sops, "02 16:31")
    assert len(messages(sops, "zhangsan")) == before + 1
    assert [each["facts"]["title"] for each in notices(sops, "zhangsan", "due_task")] == ["问小区、面积"] * 2


def test_3_6_a_step_that_may_wait_for_good_reminds_of_nothing_at_its_end(sops: Any, team: None) -> None:
    _, x = entered(sops, with_policy(SOP_A, max_wait_days=1, then="wait"))
    sops.ticks("02 14:15", "04 10:15", 60)
    again(sops)
    assert sops.enrollment(x, "A").nudge == "over"
    assert len(notices(sops, "zhangsan", "due_task")) == 3
    assert len(notices(sops, "zhaoliu", "step_overdue")) == 1


def test_a_timed_step_is_told_of_once_and_missed_in_silence(sops: Any, team: None) -> None:
    entered(sops, SOP_T)
    sops.ticks("02 10:20", "02 17:00", 20)
    assert len(notices(sops, "zhangsan", "due_task")) == 1
    assert [each.status for each in sops.to_dos("zhangsan", None)] == ["missed"]
