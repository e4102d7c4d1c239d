"""Batches of a plan, from the queue to WeCom's last word (INH-01, 07, 08, 13; I12)."""

from tests.component.inheritance.inheritance_world import RESULT, TRANSFER, Inheritance


def test_inh_01_an_on_job_plan_is_sent_once_and_settled_after_a_day(inheritance: Inheritance) -> None:
    first, second = inheritance.friend("甲"), inheritance.friend("乙")
    inheritance.plan([(first, "lisi"), (second, "lisi")], notice="后续由李四为您服务")
    inheritance.bundle.settle()
    (call,) = inheritance.asked()
    assert (call["handover_userid"], call["takeover_userid"]) == ("zhangsan", "lisi")
    assert call["external_userid"] == [first[0], second[0]]
    assert call["transfer_success_msg"] == "后续由李四为您服务"
    assert inheritance.items() == {first[0]: "WAITING", second[0]: "WAITING"}
    assert inheritance.poll("03 09:00") == 0
    inheritance.poll("03 10:20")
    inheritance.poll("03 10:40")
    assert inheritance.items() == {first[0]: "SETTLED", second[0]: "SETTLED"}
    assert inheritance.status(first[0], "zhangsan") == "transferred_out"
    assert inheritance.status(first[0], "lisi") == "active"
    assert inheritance.stored_plan().status == "COMPLETED"
    assert inheritance.stored_plan().outcome == {"SETTLED": 2}
    assert len(inheritance.asked()) == 1


def test_inh_13_who_could_not_be_taken_goes_to_the_next_takeover(inheritance: Inheritance) -> None:
    people = [inheritance.friend(each) for each in "甲乙丙"]
    given = [(people[0], "lisi"), (people[1], "lisi"), (people[2], "wangwu")]
    inheritance.plan(given, on_limit="next")
    inheritance.bundle.settle()
    inheritance.ends(people[0][0], "limit")
    inheritance.ends(people[1][0], "refused")
    inheritance.poll("03 10:20")
    inheritance.poll("03 10:40")
    assert inheritance.items() == {
        people[0][0]: "WAITING",
        people[1][0]: "REFUSED",
        people[2][0]: "SETTLED",
    }
    assert inheritance.stored_plan().full == {"lisi"}
    assert inheritance.stored_plan().status == "RUNNING"
    inheritance.poll("04 10:45")
    inheritance.poll("04 10:55")
    assert inheritance.status(people[0][0], "wangwu") == "active"
    assert inheritance.stored_plan().outcome == {"SETTLED": 2, "REFUSED": 1}


def test_i12_a_call_without_an_answer_is_asked_for_and_not_sent_again(inheritance: Inheritance) -> None:
    there = inheritance.friend("甲")
    inheritance.bundle.wecom.faults.add({"what": "unknown_outcome", "endpoint": TRANSFER})
    inheritance.plan([(there, "lisi")])
    inheritance.bundle.settle()
    assert inheritance.items() == {there[0]: "UNKNOWN"}
    inheritance.poll("02 10:18")
    assert inheritance.items() == {there[0]: "WAITING"}
    assert len(inheritance.asked()) == 1
    assert len(inheritance.asked(RESULT)) == 1
