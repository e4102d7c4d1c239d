"""One tap hands over everything that is a member's (INH-12, INH-02)."""

from typing import Any

from scrm.http.caller import Caller
from tests.component.conftest import http_event_of
from tests.component.http_world import Answered
from tests.component.inheritance.inheritance_world import TRANSFER
from tests.component.offboarding.offboarding_world import DISABLED, RESIGNED, Offboarding
from tests.component.sops.sops_world import KEY_ID
from tests.doubles.bundle import Died
from tests.doubles.cloud import Call

ONE = "/admin/offboarding/zhangsan"


def test_inh_12_one_tap_starts_the_default_plan_of_a_member_who_left(offboarding: Offboarding) -> None:
    people = [offboarding.friend(each)[0] for each in "甲乙丙"]
    unheard = offboarding.unheard("丁")
    offboarding.leaves()
    shown = offboarding.done("GET", ONE)
    assert (shown["status"], shown["mode"], shown["remains"]["customers"]) == ("left", "resigned", 4)
    answer = offboarding.done("POST", ONE, {})
    plan = answer["plan"]
    assert (plan["status"], plan["mode"], plan["reason"]) == ("RUNNING", "resigned", "resign")
    assert plan["preview"]["matrix"]["total"] == 4
    assert plan["preview"]["unassigned"] == []
    asked = offboarding.asked(RESIGNED)
    assert {each["handover_userid"] for each in asked} == {"zhangsan"}
    assert {each["takeover_userid"] for each in asked} == set(shown["proposed"]["takeovers"])
    assert sorted(there for each in asked for there in each["external_userid"]) == sorted([*people, unheard])
    assert offboarding.asked(TRANSFER) == []
    offboarding.poll("03 10:30")
    offboarding.poll("03 10:40")
    offboarding.later(61)
    assert offboarding.stored_plan(plan["plan_id"]).outcome == {"SETTLED": 4}
    assert offboarding.gone().remains.customers == 0
    assert [each["plan_id"] for each in offboarding.done("GET", ONE)["plans"]] == [plan["plan_id"]]


def test_inh_13_what_is_left_is_counted_anew_after_a_retry_too(offboarding: Offboarding) -> None:
    there = offboarding.friend("甲")[0]
    offboarding.leaves()
    plan_id = offboarding.done("POST", ONE, {"takeovers": [{"userid": "lisi"}]})["plan"]["plan_id"]
    offboarding.ends(there, "refused")
    offboarding.later(61)
    assert (offboarding.stored_plan(plan_id).status, offboarding.gone().remains.customers) == ("COMPLETED", 1)
    again = {"statuses": ["REFUSED"], "takeover": "wangwu", "reason": "换人再试"}
    offboarding.done("POST", f"/admin/inheritance/plans/{plan_id}:retry", again)
    offboarding.poll("03 10:30")
    offboarding.poll("03 10:40")
    offboarding.later(61)
    assert (offboarding.stored_plan(plan_id).status, offboarding.gone().remains.customers) == ("COMPLETED", 0)


def test_inh_12_who_is_disabled_or_employed_is_handed_over_on_the_job(offboarding: Offboarding) -> None:
    there, _ = offboarding.friend("甲")
    offboarding.changes(status=DISABLED)
    answer = offboarding.done("POST", ONE, {"takeovers": [{"userid": "lisi"}], "notice": "由李四继续服务"})
    assert answer["plan"]["mode"] == "onjob"
    (call,) = offboarding.asked(TRANSFER)
    assert (call["takeover_userid"], call["external_userid"]) == ("lisi", [there])
    assert call["transfer_success_msg"] == "由李四继续服务"
    assert offboarding.asked(RESIGNED) == []


def test_inh_12_a_second_tap_is_refused_and_a_repetition_finds_its_plan(offboarding: Offboarding) -> None:
    offboarding.friend("甲")
    offboarding.leaves()
    first = _tap(offboarding, "k1")
    assert first.status == 201, first.text
    offboarding.bundle.settle()
    again = _tap(offboarding, "k1")
    assert again.json["plan"]["plan_id"] == first.json["plan"]["plan_id"]
    second = _tap(offboarding, "k2")
    assert (second.status, second.json["code"]) == (409, "handover_under_way")
    assert second.json["plan_id"] == first.json["plan"]["plan_id"]
    offboarding.bundle.time.seconds += 3 * 86_400
    late = _tap(offboarding, "k1")
    offboarding.bundle.settle()
    assert late.json["plan"]["plan_id"] == first.json["plan"]["plan_id"]
    assert len(offboarding.asked(RESIGNED)) == 1


def test_inh_12_a_tap_that_is_killed_anywhere_goes_on_with_the_same_plan(offboarding: Offboarding) -> None:
    people = [offboarding.friend(each)[0] for each in "甲乙丙"]
    offboarding.leaves()
    writes = {"PutItem", "UpdateItem", "TransactWriteItems", "BatchWriteItem"}
    fatal, seen = 1, 0

    def kill(call: Call) -> None:
        nonlocal seen
        if call.operation in writes:
            seen += 1
            if seen == fatal:
                raise Died

    offboarding.bundle.cloud.after.append(kill)
    while (answered := _tap(offboarding, "k1", once=True)) is None:
        fatal, seen = fatal + 1, 0
        offboarding.bundle.time.seconds += 61
    offboarding.bundle.cloud.after.remove(kill)
    assert (answered.status, fatal > 3) == (201, True), answered.text
    offboarding.bundle.settle()
    assert len({each["PK"] for each in offboarding.bundle.rows("PLAN#")}) == 1
    sent = [there for each in offboarding.asked(RESIGNED) for there in each["external_userid"]]
    assert sorted(sent) == sorted(people)


def test_inh_12_the_rule_of_the_department_says_to_whom(offboarding: Offboarding) -> None:
    for each in "甲乙丙":
        offboarding.friend(each)
    rule = {"takeovers": ["lisi"], "max_load": 2}
    offboarding.done("PUT", "/admin/settings", {"offboarding_rules": {"*": rule}})
    offboarding.leaves()
    refused = offboarding.ask("POST", ONE, {"allow_partial": False})
    assert (refused.status, refused.json["code"]) == (409, "unassigned")
    answer = offboarding.done("POST", ONE, {})
    assert answer["plan"]["preview"]["matrix"] | {"counts": None} == {
        "handovers": ["zhangsan"],
        "takeovers": ["lisi"],
        "counts": None,
        "row_totals": [2],
        "column_totals": [2],
        "total": 2,
    }
    assert len(answer["plan"]["preview"]["unassigned"]) == 1


def test_inh_12_wrong_takeovers_and_unknown_members_are_refused(offboarding: Offboarding) -> None:
    offboarding.friend("甲")
    for body, field in (
        ({"takeovers": [{"userid": "zhangsan"}]}, "takeovers.0.userid"),
        ({"takeovers": []}, "takeovers"),
        ({"reason": "other"}, "note"),
        ({"rest": 1}, "rest"),
    ):
        answered = offboarding.ask("POST", ONE, body)
        assert answered.status == 422, (body, answered.text)
        assert field in [each["field"] for each in answered.json["errors"]], answered.text
    assert offboarding.ask("POST", "/admin/offboarding/nobody", {}).status == 404
    assert offboarding.ask("GET", "/admin/offboarding/nobody").status == 404
    wrong = offboarding.ask("PUT", "/admin/settings", {"offboarding_rules": {"x": {}}})
    assert wrong.status == 422


def test_inh_12_customer_groups_go_along_to_who_takes_over(offboarding: Offboarding) -> None:
    from wecom_simulator import chat_acts

    there, _ = offboarding.friend("甲")
    chats = [
        chat_acts.chat_created(offboarding.bundle.wecom, owner="zhangsan", name=f"群{each}", members=[there])
        for each in range(3)
    ]
    offboarding.bundle.arrive()
    offboarding.bundle.settle()
    offboarding.leaves()
    assert offboarding.gone().remains.groups == 3
    answer = offboarding.done("POST", ONE, {"takeovers": [{"userid": "lisi"}, {"userid": "wangwu"}]})
    assert (answer["groups"]["groups"], len(answer["groups"]["job_ids"])) == (3, 2)
    offboarding.later(61)
    owners = [offboarding.bundle.wecom.world.chats[str(each["chat_id"])].owner for each in chats]
    assert sorted(owners) == ["lisi", "lisi", "wangwu"]


def test_inh_12_another_system_says_who_has_left_and_it_runs(offboarding: Offboarding) -> None:
    offboarding.friend("甲")
    offboarding.leaves()
    answer = offboarding.tell("POST", "/integrations/offboarding", {"userid": "ZhangSan", "note": "HR-7"})
    assert answer.status == 201, answer.text
    told = answer.json
    assert (told["status"], told["mode"], told["items"], told["needs_approval"]) == (
        "RUNNING",
        "resigned",
        1,
        False,
    )
    offboarding.bundle.settle()
    assert len(offboarding.asked(RESIGNED)) == 1
    plan = offboarding.stored_plan(told["plan_id"])
    assert (plan.created_by, plan.note) == (f"key:{KEY_ID}", "HR-7")
    offboarding.poll("03 10:30")
    offboarding.poll("03 10:40")
    assert offboarding.stored_plan(told["plan_id"]).status == "COMPLETED"


def test_inh_11_of_who_is_employed_another_system_gets_a_draft_to_be_confirmed(
    offboarding: Offboarding,
) -> None:
    offboarding.friend("甲")
    answer = offboarding.tell("POST", "/integrations/offboarding", {"userid": "zhangsan"})
    assert (answer.status, answer.json["status"], answer.json["needs_approval"]) == (201, "DRAFT", True)
    offboarding.bundle.settle()
    assert ("admin", "其他系统通知张三即将离职，交接方案待确认") in offboarding.told("alert")
    assert offboarding.asked(TRANSFER) == []
    plan = offboarding.stored_plan(answer.json["plan_id"])
    path = f"/admin/inheritance/plans/{plan.plan_id}:confirm"
    offboarding.done("POST", path, {"selection_hash": plan.selection_hash})
    assert len(offboarding.asked(TRANSFER)) == 1
    assert offboarding.tell("POST", "/integrations/offboarding", {"userid": "nobody"}).status == 404


def test_inh_11_on_the_job_somebody_else_agrees_where_two_have_to(offboarding: Offboarding) -> None:
    offboarding.friend("甲")
    offboarding.done("PUT", "/admin/settings", {"inheritance_four_eyes": True})
    answer = offboarding.done("POST", ONE, {})
    assert (answer["plan"]["status"], answer["needs_approval"]) == ("DRAFT", True)
    assert offboarding.asked(TRANSFER) == []
    confirm = f"/admin/inheritance/plans/{answer['plan']['plan_id']}:confirm"
    body = {"selection_hash": answer["plan"]["selection_hash"]}
    assert offboarding.ask("POST", confirm, body).status == 409
    other = Caller("admin2", "operations_admin", "all")
    assert offboarding.ask("POST", confirm, body, caller=other).status == 200
    offboarding.bundle.settle()
    assert len(offboarding.asked(TRANSFER)) == 1


def test_adm_05_hr_sees_numbers_and_a_team_leader_their_team(offboarding: Offboarding) -> None:
    offboarding.friend("甲")
    offboarding.leaves()
    hr, lead = Caller("hr1", "hr", "all"), Caller("other", "team_lead", "team", (9,), (9,))
    shown = _seen(offboarding, ONE, hr)
    assert (shown.json["remains"]["customers"], shown.json["customers"]) == (1, [])
    (line,) = _seen(offboarding, "/admin/offboarding", hr).json["items"]
    assert (line["userid"], line["remains"]["customers"], line["unassigned"]) == ("zhangsan", 1, 1)
    assert _seen(offboarding, ONE, lead).status == 403
    assert _seen(offboarding, "/admin/offboarding", lead).json["items"] == []
    assert [each["name"] for each in offboarding.done("GET", ONE)["customers"]] == ["甲"]


def _seen(offboarding: Offboarding, path: str, caller: Caller) -> Any:
    return offboarding.ask("GET", path, caller=caller)


def _tap(offboarding: Offboarding, key: str, *, once: bool = False) -> Any:
    """Tap with an Idempotency-Key; None where the function was killed, which `once` allows."""
    admin = Caller("admin", "operations_admin", "all")
    event = http_event_of("POST", ONE, {}, caller=admin, headers={"idempotency-key": key})
    answer = offboarding.bundle.invoke("admin_api", event)
    return None if once and answer is None else Answered(answer)
