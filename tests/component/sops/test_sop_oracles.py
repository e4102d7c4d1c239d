"""The oracles of spec 3.11 through tick, queues and the stream, with the clock moved."""

from dataclasses import replace
from typing import Any

import pytest

from scrm.sops.model import Goal, Schedule, Step, Trigger, Version
from tests.unit.sops.journeys import SOP_A, SOP_T


def test_o_s1_two_customers_have_two_clocks(sops: Any) -> None:
    sops.put(SOP_A)
    _, x = sops.friend("X")
    assert sops.enter(x, SOP_A) == ""
    sops.tick("02 10:15")
    sops.do("zhangsan", "A1", "02 10:40")
    assert sops.bar(x, "A") == "1/5 A2 03-03 10:00"
    sops.tick("03 10:00")
    sops.clock("04 16:00")
    _, y = sops.friend("Y")
    sops.enter(y, SOP_A)
    sops.tick("04 16:00")
    assert [each.payload["step_key"] for each in sops.to_dos("zhangsan")] == ["A2", "A1"]
    sops.do("zhangsan", "A1", "04 16:20")
    sops.do("zhangsan", "A2", "05 09:30")
    sops.tick("05 12:00")
    assert (sops.bar(x, "A"), sops.bar(y, "A")) == ("2/5 A3 03-07 20:00", "1/5 A2")


def test_o_s2_a_timed_step_that_is_missed_blocks_nothing(sops: Any) -> None:
    sops.put(SOP_T)
    _, t = sops.friend("T")
    sops.enter(t, SOP_T)
    sops.tick("02 10:20")
    sops.do("zhangsan", "D0", "02 10:30")
    sops.tick("03 10:00")
    sops.tick("03 16:00")
    assert [each.status for each in sops.to_dos("zhangsan", None)] == ["done", "missed"]
    sops.tick("05 19:59")
    assert sops.bar(t, "T") == "1/3 D3 03-05 20:00"
    sops.tick("05 20:00")
    assert [each.payload["step_key"] for each in sops.to_dos("zhangsan")] == ["D3"]


def test_o_s9_twice_the_tick_and_each_message_three_times_is_one_run(sops: Any) -> None:
    sops.put(SOP_A)
    _, x = sops.friend("X")
    sops.enter(x, SOP_A)
    sops.tick("02 10:15", times=2)
    again = {"Records": [_due(x, number) for number in range(3)]}
    for _ in range(3):
        assert sops.bundle.invoke("run_sop_step", again) == {"batchItemFailures": []}
    sops.bundle.settle()
    assert [each.step_key for each in sops.enrollment(x, "A").runs] == ["A1"]
    assert len(sops.to_dos("zhangsan")) == 1


def _due(subject: str, number: int) -> dict[str, Any]:
    body = f'{{"kind": "due", "subject": "{subject}"}}'
    return {"messageId": f"m-{number}", "body": body, "attributes": {"MessageGroupId": f"PROGRESS#{subject}"}}


ADDED = replace(
    SOP_A,
    triggers=(Trigger("added"),),
    condition={"field": "order_count", "op": "eq", "value": 0},
    goals=(Goal("order"),),
)
AGAIN = Version(
    "R", 1, "复购", "step_by_step", (Step("R1", "回访", schedule=Schedule(days=1, at="10:00")),),
    triggers=(Trigger("order"),),
)  # fmt: skip


def test_sop_06_a_friend_enters_and_leaves_with_the_deletion_and_comes_back(sops: Any) -> None:
    """O-S7, entered through the callback of the add."""
    sops.put(ADDED)
    there, x = sops.friend("X")
    assert sops.bar(x, "A") == "0/5 A1 03-02 10:15"
    sops.tick("02 10:15")
    sops.do("zhangsan", "A1", "02 10:40")
    sops.tick("03 10:00")
    sops.do("zhangsan", "A2", "05 09:30")
    sops.clock("06 12:00")
    sops.deleted("zhangsan", there)
    it = sops.enrollment(x, "A")
    assert (it.status, it.why, sops.to_dos("zhangsan")) == ("EXITED", "lost_relation", [])
    sops.clock("20 14:00")
    sops.added_again("zhangsan", there)
    assert sops.bar(x, "A") == "2/5 A3 03-20 20:00"


def test_o_s10_an_order_reaches_the_goal_and_enters_the_next(sops: Any) -> None:
    sops.put(ADDED)
    sops.put(AGAIN)
    there, x = sops.friend("X")
    sops.tick("02 10:15")
    assert len(sops.to_dos("zhangsan")) == 1
    sops.clock("04 12:00")
    sops.ordered(there)
    it = sops.enrollment(x, "A")
    assert (it.status, it.why, sops.to_dos("zhangsan")) == ("EXITED", "goal", [])
    assert sops.bar(x, "R") == "0/1 R1 03-05 10:00"


@pytest.mark.parametrize(
    ("settled", "expected"), [("07 11:00", "2/5 A3 03-07 20:00"), ("08 11:00", "2/5 A3 03-08 11:00")]
)
def test_o_s6_the_bar_moves_with_the_owner(sops: Any, settled: str, expected: str) -> None:
    sops.put(SOP_A)
    there, x = sops.friend("X")
    sops.enter(x, SOP_A)
    sops.tick("02 10:15")
    sops.do("zhangsan", "A1", "02 10:40")
    sops.tick("03 10:00")
    sops.do("zhangsan", "A2", "05 09:30")
    sops.handover(x, there, "06 11:00", "pending")
    assert (sops.enrollment(x, "A").status, sops.tick("07 10:00")) == ("PAUSED", 0)
    sops.added_again("lisi", there)
    sops.handover(x, there, settled, "succeeded")
    assert (sops.bar(x, "A"), sops.enrollment(x, "A").owner) == (expected, "lisi")
    sops.tick("08 11:00")
    assert [each.payload["step_key"] for each in sops.to_dos("lisi")] == ["A3"]
    assert sops.to_dos("zhangsan") == []
    assert sops.enrollment(x, "A").cycle == 1


@pytest.mark.parametrize(("mode", "expected"), [("onjob", "ACTIVE"), ("resigned", "EXITED")])
def test_3_7_refused(sops: Any, mode: str, expected: str) -> None:
    sops.put(SOP_A)
    there, x = sops.friend("X")
    sops.enter(x, SOP_A)
    sops.tick("02 10:15")
    sops.handover(x, there, "02 11:00", "pending", mode=mode)
    assert sops.to_dos("zhangsan") == []
    sops.handover(x, there, "03 11:00", "refused", mode=mode)
    it = sops.enrollment(x, "A")
    assert (it.status, it.owner) == (expected, "zhangsan")
    sops.tick("03 11:00")
    assert len(sops.to_dos("zhangsan")) == (expected == "ACTIVE")
