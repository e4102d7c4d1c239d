"""Bars of SOPs while their customer is handed over (spec 3.7, 3.11), and nobody taken for a new customer."""

from typing import Any

import pytest

from scrm.sops.model import Trigger, Version
from tests.component.inheritance.inheritance_world import Inheritance
from tests.unit.sops.journeys import SOP_A


def _at_third_step(inheritance: Inheritance) -> tuple[str, str]:
    """Let X come to A3, due on 7 March at 20:00 (O-S6)."""
    inheritance.put(SOP_A)
    there = inheritance.friend("X")
    inheritance.enter(there[1], SOP_A)
    inheritance.tick("02 10:15")
    inheritance.do("zhangsan", "A1", "02 10:40")
    inheritance.tick("03 10:00")
    inheritance.do("zhangsan", "A2", "05 09:30")
    return there


def test_o_s6_a_plans_success_moves_the_bar_and_the_add_event_starts_no_second_one(
    inheritance: Inheritance,
) -> None:
    there = _at_third_step(inheritance)
    added = Version("N", 1, "新客", "step_by_step", SOP_A.steps, triggers=(Trigger("added"),))
    inheritance.put(added)
    inheritance.clock("06 11:00")
    inheritance.plan([(there, "lisi")])
    inheritance.bundle.settle()
    it = inheritance.enrollment(there[1], "A")
    assert (it.status, it.why) == ("PAUSED", "transfer_pending")
    assert inheritance.to_dos("zhangsan") == []
    inheritance.poll("07 11:00")
    inheritance.poll("07 11:10")
    assert inheritance.bar(there[1], "A") == "2/5 A3 03-07 20:00"
    assert inheritance.enrollment(there[1], "A").owner == "lisi"
    inheritance.tick("07 20:00")
    assert [each.payload["step_key"] for each in inheritance.to_dos("lisi")] == ["A3"]
    assert inheritance.enrollment(there[1], "A").cycle == 1
    from scrm.sops.dynamodb import of_subject

    assert [each.sop_id for each in of_subject(there[1])] == ["A"]


@pytest.mark.parametrize(
    ("mode", "expected"), [("onjob", ("ACTIVE", "")), ("resigned", ("EXITED", "lost_relation"))]
)
def test_3_7_a_plans_refusal(inheritance: Inheritance, mode: str, expected: tuple[str, str]) -> None:
    there = _at_third_step(inheritance)
    inheritance.clock("06 11:00")
    if mode == "resigned":
        inheritance.leaves("zhangsan")
    inheritance.plan([(there, "lisi")], mode=mode)
    inheritance.bundle.settle()
    inheritance.ends(there[0], "refused")
    inheritance.poll("07 11:05")
    it = inheritance.enrollment(there[1], "A")
    assert (it.status, it.why) == expected
    assert it.owner == "zhangsan"


def test_3_7_a_step_that_is_due_between_mark_and_message_is_not_sent(inheritance: Inheritance) -> None:
    from scrm.inheritance.marks_dynamodb import Pending, mark, release, transfers

    there = _at_third_step(inheritance)
    inheritance.clock("07 20:00")
    now = inheritance.bundle.time.now()
    pending = Pending("zhangsan", "lisi", "p1", "0001", now)
    marked = mark(transfers(there[0]), pending)
    inheritance.tick("07 20:00")
    assert inheritance.to_dos("zhangsan") == []
    assert inheritance.enrollment(there[1], "A").status == "ACTIVE"
    # It was called off before anybody was told: the step comes all the same, a little later.
    release(marked, pending, taken_at=None, now=now)
    inheritance.tick("07 20:30")
    assert [each.payload["step_key"] for each in inheritance.to_dos("zhangsan")] == ["A3"]


def test_r6_no_lead_goes_back_to_its_pool_while_its_customer_is_handed_over(inheritance: Inheritance) -> None:
    """WeCom ends the one friendship before it tells of the other, and a third one ends meanwhile."""
    there = inheritance.friend("甲")
    inheritance.bundle.wecom.people.scan(userid="wangwu", external_userid=there[0])
    inheritance.bundle.arrive()
    inheritance.pool("P", ("zhangsan", "lisi"), ())
    now = inheritance.bundle.time.now().replace(microsecond=0)
    keys = (("external_userid", there[0]),)
    told: dict[str, Any] = {"owner": "zhangsan", "owned_at": now, "protect_until": now, "followed_at": now}
    inheritance.lead("L1", phone="", keys=keys, status="FOLLOWING", recycle_count=0, trigger="assign", **told)
    inheritance.plan([(there, "lisi")])
    inheritance.bundle.settle()
    inheritance.clock("03 10:20")
    inheritance.bundle.wecom.transfers.settle(inheritance.bundle.time.seconds)
    ended, *_ = inheritance.bundle.callbacks()
    assert inheritance.bundle.post(ended) == 200
    inheritance.bundle.settle()
    assert inheritance.status(there[0], "zhangsan") == "transferred_out"
    assert inheritance.status(there[0], "lisi") == "none"
    inheritance.deleted("wangwu", there[0])
    assert inheritance.stored_lead("L1").owner == "zhangsan"
    inheritance.poll("03 10:40")
    assert inheritance.stored_lead("L1").owner == "lisi"


def test_nobody_is_counted_by_the_channel_that_brought_them_years_ago(inheritance: Inheritance) -> None:
    from scrm.channel_codes.dynamodb import channel_by_state
    from scrm.customers.dynamodb import Customers
    from tests.bench.scenarios import with_channel

    state = with_channel(inheritance.bundle)
    there = inheritance.friend("甲", "zhangsan", state=state)
    assert channel_by_state(state)
    inheritance.deleted("zhangsan", there[0])
    inheritance.added_again("lisi", there[0])
    adds = len([each for each in inheritance.bundle.rows("CHANNEL#") if str(each["SK"]).startswith("ADD#")])
    inheritance.bundle.wecom.world.relation("zhangsan", there[0]).deleted_by_member = True
    inheritance.plan([(there, "zhangsan")], handover="lisi")
    inheritance.bundle.settle()
    inheritance.poll("03 10:20")
    inheritance.poll("03 10:40")
    held = Customers().relation(there[0], "zhangsan")
    assert held
    assert (held.status, held.channel_id, held.periods[-1].inherited) == ("active", None, True)
    rows = [each for each in inheritance.bundle.rows("CHANNEL#") if str(each["SK"]).startswith("ADD#")]
    assert len(rows) == adds
    assert [userid for userid, _ in inheritance.told("new_customer")] == ["lisi", "zhangsan"]


def test_3_7_who_enters_a_sop_while_they_are_handed_over_is_sent_nothing_by_the_former_owner(
    inheritance: Inheritance,
) -> None:
    inheritance.put(SOP_A)
    there = inheritance.friend("X")
    inheritance.plan([(there, "lisi")])
    inheritance.bundle.settle()
    inheritance.enter(there[1], SOP_A)
    inheritance.tick("02 10:20")
    assert inheritance.to_dos("zhangsan") == []
    inheritance.poll("03 10:20")
    inheritance.tick("03 10:30")
    assert [each.payload["step_key"] for each in inheritance.to_dos("lisi")] == ["A1"]
    assert inheritance.to_dos("zhangsan", None) == []
