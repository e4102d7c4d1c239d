"""Owners change, friends go and come, customers merge and opt out (spec 3.4, 3.7, 3.8, 3.13)."""

from dataclasses import replace
from typing import Any

import pytest

from scrm.sops.model import Goal, Policies, Schedule, Step, Trigger, Version
from tests.unit.sops.journeys import SOP_A, at

TWO = Version(
    "W", 1, "两步", "step_by_step",
    (Step("W1", "第一步"), Step("W2", "第二步", schedule=Schedule(days=1, at="20:00"))),
    triggers=(Trigger("added"),),
)  # fmt: skip


def come_to_the_second_step(sops: Any, version: Version) -> tuple[str, str]:
    sops.put(version)
    there, x = sops.friend("X")
    sops.tick("02 10:15")
    sops.do("zhangsan", "W1", "02 10:40")
    return there, x


def state(sops: Any, customer_id: str, sop_id: str = "W") -> tuple[str, str, str]:
    it = sops.enrollment(customer_id, sop_id)
    return it.status, it.why, it.owner


@pytest.mark.parametrize(
    ("policy", "again", "expected"),
    [
        ("resume", "04-05 12:00", "1/2 W2 04-05 20:00"),  # 30 days to the second
        ("resume", "04-05 12:01", ""),
        ("restart", "03-20 14:00", "0/2 W1 03-20 14:00"),
        ("none", "03-20 14:00", ""),
    ],
)
def test_sop_20_added_again(sops: Any, policy: str, again: str, expected: str) -> None:
    version = replace(TWO, policies=Policies(on_readd=policy))  # type: ignore[arg-type]  # one of three
    there, x = come_to_the_second_step(sops, version)
    sops.clock("06 12:00")
    sops.deleted("zhangsan", there)
    assert state(sops, x) == ("EXITED", "lost_relation", "zhangsan")
    sops.clock(again)
    sops.added_again("zhangsan", there)
    assert sops.enrollment(x, "W").is_live == bool(expected)
    assert not expected or sops.bar(x, "W") == expected


def test_3_4_a_friend_by_handover_is_no_new_customer(sops: Any) -> None:
    sops.put(TWO)
    _, x = sops.friend("X", userid="lisi", add_way=202)
    from scrm.sops.dynamodb import of_subject

    assert of_subject(x) == []


def test_3_8_another_friend_goes_on(sops: Any) -> None:
    there, x = come_to_the_second_step(sops, replace(TWO, policies=Policies(another_friend=True)))
    sops.added_again("lisi", there)
    sops.tick("03 20:00")
    sops.deleted("zhangsan", there)
    assert state(sops, x) == ("ACTIVE", "", "lisi")
    assert sops.to_dos("zhangsan") == []
    sops.tick("03 20:01")
    assert [each.payload["step_key"] for each in sops.to_dos("lisi")] == ["W2"]


def test_3_7_a_member_who_left_gets_nothing_and_whoever_takes_over_goes_on(sops: Any) -> None:
    from wecom_simulator.acts import member_leaves

    sops.staff()
    there, x = come_to_the_second_step(sops, TWO)
    _, y = sops.friend("Y")
    sops.tick("02 10:50")
    sops.clock("03 12:00")
    member_leaves(sops.bundle.wecom, userid="zhangsan")
    sops.staff()
    assert state(sops, y) == ("PAUSED", "owner_left", "zhangsan")
    sops.tick("03 20:00")
    assert state(sops, x) == ("PAUSED", "owner_left", "zhangsan")
    assert sops.to_dos("zhangsan") == []
    told = [title for userid, title in sops.told("alert") if userid == "linjie"]
    assert len([each for each in told if "SOP 已暂停" in each]) == 1
    sops.handover(x, there, "04 09:00", "pending", mode="resigned")
    sops.added_again("lisi", there)
    sops.handover(x, there, "05 09:30", "succeeded", mode="resigned")
    assert (sops.bar(x, "W"), *state(sops, x)) == ("1/2 W2 03-05 09:30", "ACTIVE", "", "lisi")


def test_3_13_opt_out_ends_marketing_and_skips_it_in_service(sops: Any) -> None:
    sops.put(replace(SOP_A, triggers=(Trigger("added"),)))
    first, second = TWO.steps
    service = replace(TWO, purpose="service", steps=(first, replace(second, marketing=False)))
    sops.put(service)
    there, x = sops.friend("X")
    sops.tick("02 10:20")
    assert len(sops.to_dos("zhangsan")) == 2
    word = {"purpose": "marketing", "given": False, "source": "phone"}
    answered = sops.tell("POST", "/integrations/consents", {"external_userid": there, "consents": [word]})
    assert answered.status == 200, answered.text
    sops.bundle.settle()
    assert state(sops, x, "A") == ("EXITED", "optout", "zhangsan")
    it = sops.enrollment(x, "W")
    assert ([(each.status, each.why) for each in it.runs], it.cursor) == ([("SKIPPED", "optout")], "W2")
    assert sops.to_dos("zhangsan") == []
    assert {each.status for each in sops.enrollment(x, "A").runs if each.step_key == "A1"} == {"CANCELLED"}


def test_of_two_bars_of_merged_customers_the_further_goes_on(sops: Any) -> None:
    there, x = come_to_the_second_step(sops, replace(TWO, goals=(Goal("order"),)))
    _, y = sops.friend("Y", userid="lisi")
    sops.done("POST", f"/admin/customers/{x}:merge", {"into": y, "reason": "同一人"})
    assert (state(sops, x), state(sops, y)) == (("ACTIVE", "", "zhangsan"), ("EXITED", "merged", "lisi"))
    sops.tick("03 20:00")
    assert [each.payload["step_key"] for each in sops.to_dos("zhangsan")] == ["W2"]
    sops.ordered(there, "O1")
    assert (state(sops, x), sops.to_dos("zhangsan")) == (("EXITED", "goal", "zhangsan"), [])


def test_a_lead_of_thirty_days_is_nurtured_from_the_next_night(sops: Any) -> None:
    from scrm.sops.dynamodb import of_subject

    sops.staff()
    step = Step("L1", "电话", "call")
    sops.put(
        Version("L", 1, "培育", "step_by_step", (step,), subject="lead", triggers=(Trigger("lead", ("P",)),))
    )
    sops.pool("P", members=("lisi",), nurture=())
    sops.lead("L1", phone="13800000001", status="POOLED", recycle_count=0, trigger="pool")
    sops.clock("04-01 03:00")
    for expected in ([], ["lisi"]):
        sops.bundle.invoke("apply_retention", {"time": sops.bundle.time.now().isoformat()})
        sops.bundle.settle()
        assert [each.owner for each in of_subject("L1")] == expected
        sops.later(24 * 3600)


def test_3_7_a_handover_begins_anew_where_the_sop_says_so(sops: Any) -> None:
    there, x = come_to_the_second_step(sops, replace(TWO, policies=Policies(on_transfer="restart")))
    sops.handover(x, there, "03 11:00", "pending")
    sops.added_again("lisi", there)
    for text in ("03 12:00", "03 12:20"):
        sops.handover(x, there, text, "succeeded")
    it = sops.enrollment(x, "W")
    assert (it.cycle, it.owner, sops.bar(x, "W")) == (2, "lisi", "0/2 W1 03-03 12:00")


def test_3_7_a_sop_that_goes_on_wakes_nobody_who_is_being_handed_over(sops: Any) -> None:
    there, x = come_to_the_second_step(sops, TWO)
    sops.switch("W", "paused")
    sops.tick("03 20:00")
    assert state(sops, x) == ("PAUSED", "sop_paused", "zhangsan")
    sops.handover(x, there, "03 20:10", "pending")
    sops.switch("W", "running")
    from scrm.sops.resuming_job import goes_on

    assert goes_on(sops.enrollment(x, "W"), at("03 20:20")) is None
    sops.added_again("lisi", there)
    sops.handover(x, there, "04 11:00", "succeeded")
    sops.tick("04 11:01")
    assert [each.payload["step_key"] for each in sops.to_dos("lisi")] == ["W2"]


def test_sop_16_a_step_for_another_result_is_skipped(sops: Any) -> None:
    steps = (
        Step("K1", "电话", "call"),
        Step("K2", "再约", when={"K1": ("未接",)}),
        Step("K3", "资料", schedule=Schedule(days=1, at="10:00")),
    )
    sops.put(replace(TWO, steps=steps))
    _, x = sops.friend("X")
    sops.tick("02 10:15")
    sops.do("zhangsan", "K1", "02 10:40", result="接通")
    sops.tick("02 10:41")
    assert sops.bar(x, "W") == "1/2 K3 03-03 10:00"
    assert sops.enrollment(x, "W").latest("K2").why == "condition"


def test_3_4_of_several_friends_the_first_goes_and_a_segment_that_is_left_ends_it(sops: Any) -> None:
    from scrm.sops.queueing import tell

    trigger = (Trigger("segment", ("seg_x",)),)
    sops.put(replace(TWO, triggers=trigger, leaves=False))
    sops.put(replace(TWO, sop_id="V", triggers=trigger))
    there, x = sops.friend("X")
    sops.clock("02 11:00")
    sops.added_again("lisi", there)
    at = sops.bundle.time.now().isoformat()
    tell(x, "enter", "segment#1", {"trigger": "segment", "ids": ["seg_x"], "at": at})
    sops.bundle.settle()
    assert [sops.enrollment(x, each).owner for each in ("W", "V")] == ["zhangsan", "zhangsan"]
    sops.tick("02 11:01")
    assert [state(sops, x, each)[:2] for each in ("W", "V")] == [("ACTIVE", ""), ("EXITED", "segment")]
