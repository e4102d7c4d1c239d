"""What WeCom tells of handovers by callbacks: failures, and customers who have moved (INH-08)."""

from dataclasses import replace

from scrm.customers.dynamodb import Customers
from scrm.customers.model import Relation
from scrm.customers.relation import Fact
from tests.component.inheritance.inheritance_world import RESULT, TRANSFER, Inheritance


def test_inh_08_a_failure_that_wecom_tells_ends_the_item_without_asking(inheritance: Inheritance) -> None:
    there, other = inheritance.friend("甲"), inheritance.friend("乙")
    inheritance.plan([(there, "lisi"), (other, "lisi")])
    inheritance.bundle.settle()
    inheritance.ends(there[0], "refused")
    assert inheritance.items() == {there[0]: "REFUSED", other[0]: "WAITING"}
    assert inheritance.asked(RESULT) == []
    inheritance.again()
    assert inheritance.items() == {there[0]: "REFUSED", other[0]: "WAITING"}


def test_inh_08_who_is_full_by_callbacks_is_passed_over_with_the_next_tick_in_one_call(
    inheritance: Inheritance,
) -> None:
    people = [inheritance.friend(each) for each in "甲乙丙"]
    given = [(people[0], "lisi"), (people[1], "lisi"), (people[2], "wangwu")]
    inheritance.plan(given, on_limit="next")
    inheritance.bundle.settle()
    for there, _ in people[:2]:
        inheritance.ends(there, "limit")
    assert len(inheritance.asked()) == 2
    inheritance.poll("02 10:20")
    assert inheritance.items() == dict.fromkeys([each[0] for each in people], "WAITING")
    *_, last = inheritance.asked()
    assert (last["takeover_userid"], last["external_userid"]) == ("wangwu", [each[0] for each in people[:2]])
    inheritance.again()
    assert len(inheritance.asked()) == 3


def test_inh_08_the_last_failure_of_a_plan_ends_it(inheritance: Inheritance) -> None:
    there = inheritance.friend("甲")
    inheritance.plan([(there, "lisi")])
    inheritance.bundle.settle()
    inheritance.ends(there[0], "refused")
    assert inheritance.stored_plan().status == "COMPLETED"
    assert inheritance.stored_plan().outcome == {"REFUSED": 1}


def test_inh_08_a_failure_told_before_the_call_was_answered_counts(inheritance: Inheritance) -> None:
    there = inheritance.friend("甲")
    inheritance.bundle.wecom.faults.add({"what": "unknown_outcome", "endpoint": TRANSFER})
    inheritance.plan([(there, "lisi")])
    inheritance.bundle.settle()
    assert inheritance.items() == {there[0]: "UNKNOWN"}
    inheritance.ends(there[0], "refused")
    assert inheritance.items() == {there[0]: "REFUSED"}
    assert len(inheritance.asked()) == 1


def _fails(inheritance: Inheritance, there: str, userid: str, at: float) -> None:
    """Let a failure of a handover to a member be recorded, as the callback is."""
    stored = Customers()
    before = stored.relation(there, userid, consistent=True) or Relation(there, userid)
    fact = Fact("transfer_failed", int(at), f"{int(at):x}", "customer_refused")
    stored.save_relation(replace(before, facts=(*before.facts, fact)), inheritance.bundle.time.now())
    inheritance.bundle.settle()


def test_inh_08_a_failure_of_an_earlier_handover_or_after_the_end_changes_nothing(
    inheritance: Inheritance,
) -> None:
    there = inheritance.friend("甲")
    inheritance.plan([(there, "lisi")])
    inheritance.bundle.settle()
    _fails(inheritance, there[0], "lisi", inheritance.bundle.time.seconds - 3600)
    assert inheritance.items() == {there[0]: "WAITING"}
    _fails(inheritance, there[0], "wangwu", inheritance.bundle.time.seconds)
    assert inheritance.items() == {there[0]: "WAITING"}
    inheritance.poll("03 10:20")
    inheritance.poll("03 10:40")
    assert inheritance.items() == {there[0]: "SETTLED"}
    _fails(inheritance, there[0], "lisi", inheritance.bundle.time.seconds)
    assert inheritance.items() == {there[0]: "SETTLED"}
    assert inheritance.status(there[0], "lisi") == "active"


def test_inh_08_of_two_handovers_to_one_member_nobody_knows_which_failed(inheritance: Inheritance) -> None:
    from scrm.inheritance.marks_dynamodb import Pending, mark, transfers_of

    there = inheritance.friend("甲")
    inheritance.plan([(there, "lisi")])
    inheritance.bundle.settle()
    now = inheritance.bundle.time.now()
    mark(transfers_of([there[0]])[there[0]], Pending("zhaoliu", "lisi", "p2", "0001", now))
    inheritance.ends(there[0], "refused")
    assert inheritance.items() == {there[0]: "WAITING"}
    inheritance.poll("02 10:30")
    assert inheritance.items() == {there[0]: "REFUSED"}
    assert len(inheritance.asked(RESULT)) == 1


def test_inh_08_customers_who_have_moved_are_asked_for_with_the_next_tick_and_once(
    inheritance: Inheritance,
) -> None:
    people = [inheritance.friend(each) for each in "甲乙丙"]
    inheritance.plan([(each, "lisi") for each in people])
    inheritance.bundle.settle()
    inheritance.clock("02 11:01")
    for there, _ in people[:2]:
        inheritance.ends(there, "completed")
    assert inheritance.asked(RESULT) == []
    inheritance.poll("02 11:10")
    assert len(inheritance.asked(RESULT)) == 1
    assert inheritance.items() == {people[0][0]: "SETTLED", people[1][0]: "SETTLED", people[2][0]: "WAITING"}
    inheritance.poll("02 11:20")
    assert len(inheritance.asked(RESULT)) == 1


def test_inh_08_after_a_member_left_the_add_alone_tells_that_a_customer_has_moved(
    inheritance: Inheritance,
) -> None:
    there, other = inheritance.friend("甲"), inheritance.friend("乙")
    inheritance.leaves("zhangsan")
    inheritance.plan([(there, "lisi"), (other, "lisi")], mode="resigned")
    inheritance.bundle.settle()
    inheritance.clock("02 11:01")
    inheritance.ends(there[0], "completed")
    inheritance.poll("02 11:10")
    assert inheritance.items() == {there[0]: "SETTLED", other[0]: "WAITING"}
