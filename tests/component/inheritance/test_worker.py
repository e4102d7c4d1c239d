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
    inheritance.ends(people[0][0], "limit", told=False)
    inheritance.ends(people[1][0], "refused", told=False)
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


def test_i12_no_record_of_a_call_without_an_answer_means_that_it_never_came(inheritance: Inheritance) -> None:
    from wecom_simulator.model import Transfer

    there = inheritance.friend("甲")
    inheritance.bundle.wecom.faults.add({"what": "reset", "endpoint": TRANSFER})
    inheritance.plan([(there, "lisi")])
    inheritance.bundle.settle()
    assert inheritance.items() == {there[0]: "UNKNOWN"}
    no_record = Transfer("0", "zhangsan", "lisi", there[0], 0, 0, False, 5, "")
    inheritance.bundle.wecom.world.transfers["0"] = no_record
    inheritance.poll("02 10:18")
    assert inheritance.items() == {there[0]: "WAITING"}


def test_i11_what_wecom_did_not_take_counts_towards_no_90_days(inheritance: Inheritance) -> None:
    there = inheritance.friend("甲")
    for plan_id, code in (("p1", 40099), ("p2", 40205)):
        inheritance.bundle.wecom.faults.add({"what": "errcode", "endpoint": TRANSFER, "errcode": code})
        inheritance.plan([(there, "lisi")], plan_id=plan_id)
        inheritance.bundle.settle()
        assert inheritance.items(plan_id) == {there[0]: "REJECTED"}
    inheritance.plan([(there, "wangwu")], plan_id="p3")
    inheritance.bundle.settle()
    assert inheritance.items("p3") == {there[0]: "WAITING"}


def test_two_members_hand_one_customer_over_one_after_the_other(inheritance: Inheritance) -> None:
    there, customer_id = inheritance.friend("甲")
    inheritance.added_again("wangwu", there)
    inheritance.plan([((there, customer_id), "lisi")])
    inheritance.plan([((there, customer_id), "lisi")], handover="wangwu", plan_id="p2")
    inheritance.bundle.settle()
    assert [each["handover_userid"] for each in inheritance.asked()] == ["zhangsan"]
    assert inheritance.items("p2") == {there: "PLANNED"}
    inheritance.poll("03 10:20")
    inheritance.poll("03 10:30")
    inheritance.poll("03 10:40")
    assert [each["handover_userid"] for each in inheritance.asked()] == ["zhangsan", "wangwu"]
    inheritance.poll("04 10:55")
    inheritance.poll("04 11:05")
    assert inheritance.items("p2") == {there: "SETTLED"}
    assert [inheritance.status(there, each) for each in ("zhangsan", "wangwu", "lisi")] == [
        "transferred_out",
        "transferred_out",
        "active",
    ]


def test_inh_09_who_is_in_another_plan_is_not_sent(inheritance: Inheritance) -> None:
    there = inheritance.friend("甲")
    inheritance.plan([(there, "lisi")])
    inheritance.bundle.settle()
    inheritance.plan([(there, "wangwu")], plan_id="p2")
    inheritance.bundle.settle()
    assert inheritance.items("p2") == {there[0]: "SKIPPED"}
    assert inheritance.codes("p2") == {there[0]: "40129"}
    assert inheritance.stored_plan("p2").status == "COMPLETED"
    assert len(inheritance.asked()) == 1


def test_a_cancelled_plan_sends_nothing_more_and_follows_what_was_sent(inheritance: Inheritance) -> None:
    first, second = inheritance.friend("甲"), inheritance.friend("乙")
    inheritance.plan([(first, "lisi")])
    inheritance.bundle.settle()
    inheritance.plan([(second, "lisi")], plan_id="p2", held=True)
    inheritance.cancel("p1")
    inheritance.cancel("p2")
    inheritance.bundle.settle()
    assert inheritance.items("p2") == {second[0]: "SKIPPED"}
    assert inheritance.codes("p2") == {second[0]: "cancelled"}
    inheritance.poll("03 10:20")
    inheritance.poll("03 10:30")
    assert inheritance.items("p1") == {first[0]: "SETTLED"}
    over = inheritance.stored_plan("p1")
    assert (over.status, over.outcome) == ("CANCELLED", {"SETTLED": 1})
    inheritance.later()
    inheritance.again()
    assert inheritance.stored_plan("p1") == over


def test_a_limit_of_wecom_puts_the_call_off_and_sends_it_once(inheritance: Inheritance) -> None:
    there = inheritance.friend("甲")
    inheritance.bundle.wecom.faults.add(
        {"what": "errcode", "endpoint": TRANSFER, "errcode": 45009, "errmsg": "api freq out of limit"}
    )
    inheritance.plan([(there, "lisi")])
    inheritance.bundle.settle()
    assert inheritance.items() == {there[0]: "PLANNED"}
    inheritance.poll("02 10:30")
    assert inheritance.items() == {there[0]: "WAITING"}


def test_what_wecom_does_not_decide_is_stuck_after_72_hours(inheritance: Inheritance) -> None:
    there = inheritance.friend("甲")
    inheritance.plan([(there, "lisi")])
    inheritance.bundle.settle()
    for row in inheritance.bundle.wecom.world.transfers.values():
        row.takeover_time += 3 * 86_400
    for day in ("03 10:20", "03 13:00", "04 12:00", "05 10:00", "05 10:20", "05 12:20"):
        inheritance.poll(day)
    assert inheritance.items() == {there[0]: "STUCK"}
    inheritance.poll("06 12:30")
    inheritance.poll("06 12:40")
    assert inheritance.items() == {there[0]: "SETTLED"}


def _silent(inheritance: Inheritance) -> None:
    """Let WeCom tell no results of the pair, as where one of them has left."""
    inheritance.bundle.wecom.faults.add(
        {"what": "errcode", "endpoint": RESULT, "errcode": 40003, "errmsg": "invalid userid", "count": 0}
    )


def test_2_3_who_has_moved_by_wecoms_events_is_settled_though_it_tells_no_result(
    inheritance: Inheritance,
) -> None:
    there = inheritance.friend("甲")
    inheritance.plan([(there, "lisi")])
    inheritance.bundle.settle()
    _silent(inheritance)
    inheritance.poll("03 10:20")
    inheritance.poll("03 10:40")
    assert inheritance.items() == {there[0]: "SETTLED"}
    assert inheritance.status(there[0], "zhangsan") == "transferred_out"


def test_of_whom_wecom_tells_nothing_for_a_week_the_customer_is_let_go(inheritance: Inheritance) -> None:
    from scrm.inheritance.marks_dynamodb import transfers_of

    there = inheritance.friend("甲")
    inheritance.plan([(there, "lisi")])
    inheritance.bundle.settle()
    _silent(inheritance)
    inheritance.bundle.wecom.world.transfers.clear()
    for day in ("05 10:30", "06 12:00", "09 12:00", "10 12:30"):
        inheritance.poll(day)
    assert (inheritance.items(), inheritance.codes()) == ({there[0]: "NO_RECORD"}, {there[0]: "not_told"})
    assert transfers_of([there[0]])[there[0]].pending == ()


def test_a_takeover_who_may_take_nobody_gets_nobody(inheritance: Inheritance) -> None:
    there = inheritance.friend("甲")
    inheritance.staff()
    inheritance.leaves("lisi")
    inheritance.staff()
    inheritance.plan([(there, "lisi")])
    inheritance.bundle.settle()
    assert inheritance.codes() == {there[0]: "takeover_unfit"}
    assert inheritance.asked() == []


def test_everything_may_be_told_twice(inheritance: Inheritance) -> None:
    there = inheritance.friend("甲")
    inheritance.plan([(there, "lisi")])
    inheritance.bundle.settle()
    inheritance.again()
    inheritance.poll("03 10:20")
    inheritance.poll("03 10:30")
    inheritance.again()
    assert inheritance.items() == {there[0]: "SETTLED"}
    assert len(inheritance.asked()) == 1
    assert inheritance.status(there[0], "lisi") == "active"
