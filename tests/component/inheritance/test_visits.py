"""One look at a batch: what one customer waits for holds up nobody else."""

from typing import Any

import pytest

from tests.component.inheritance.inheritance_world import RESULT, Inheritance
from tests.doubles.bundle import CONTEXT


def test_whose_turn_has_come_is_sent_beside_those_whose_day_is_not_over(inheritance: Inheritance) -> None:
    both, alone = inheritance.friend("甲"), inheritance.friend("乙", "wangwu")
    inheritance.added_again("wangwu", both[0])
    inheritance.plan([(both, "lisi")])
    inheritance.bundle.settle()
    inheritance.clock("02 20:00")
    inheritance.plan([(both, "lisi"), (alone, "lisi")], handover="wangwu", plan_id="p2")
    inheritance.bundle.settle()
    assert inheritance.items("p2") == {both[0]: "PLANNED", alone[0]: "WAITING"}
    inheritance.poll("03 10:20")
    inheritance.poll("03 10:30")
    assert inheritance.items("p2") == {both[0]: "WAITING", alone[0]: "WAITING"}
    asked = [each for each in inheritance.asked(RESULT) if each["handover_userid"] == "wangwu"]
    assert len(asked) <= 2, "asked once with each look, and not until the day of the others is over"
    assert inheritance.poll("03 10:40") == 0


def test_who_cannot_be_settled_is_tried_again_after_an_hour_and_holds_up_nobody(
    inheritance: Inheritance, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scrm.inheritance import handing_on

    first, second = inheritance.friend("甲"), inheritance.friend("乙")
    real, broken = handing_on.inherit, [first[1]]

    def inherit(customer_id: str, *rest: Any, **more: Any) -> Any:
        if customer_id in broken:
            raise ArithmeticError
        return real(customer_id, *rest, **more)

    monkeypatch.setattr(handing_on, "inherit", inherit)
    inheritance.plan([(first, "lisi"), (second, "lisi")])
    inheritance.bundle.settle()
    inheritance.poll("03 10:20")
    assert inheritance.items() == {first[0]: "SUCCEEDED", second[0]: "SETTLED"}
    assert inheritance.bundle.waiting() == {"InheritanceBatchesDead": 1}
    assert [inheritance.poll(f"03 {each}") for each in ("10:30", "11:00", "11:15")] == [0, 0, 0]
    broken.clear()
    assert inheritance.poll("03 11:30") == 1
    assert inheritance.items() == {first[0]: "SETTLED", second[0]: "SETTLED"}


def test_a_worker_without_time_does_a_step_and_goes_on(
    inheritance: Inheritance, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = [inheritance.friend(each) for each in "甲乙"]
    monkeypatch.setattr(CONTEXT, "get_remaining_time_in_millis", lambda: 1_000)
    inheritance.plan([(each, "lisi") for each in there])
    inheritance.bundle.settle()
    inheritance.poll("03 10:20")
    assert set(inheritance.items().values()) == {"SETTLED"}
    assert inheritance.stored_plan().status == "COMPLETED"
