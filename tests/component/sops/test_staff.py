"""spec SOP-10, CUS-22, O-S1, 3.6: a member does the steps of SOPs through the sidebar."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from scrm.customers.dynamodb import Customers
from scrm.sops.closing import fields_recorded
from tests.component.conftest import http_event_of
from tests.component.sends.conftest import PERSON
from tests.component.sops.sops_world import at
from tests.component.sops.staff_world import TEXTS, Staff
from tests.doubles.cloud import Call
from tests.unit.sops.journeys import SOP_A, SOP_T


@pytest.fixture
def zhangsan(sops: Any) -> Staff:
    """A member whose customers are in SOP-A, whose first step needs the field area."""
    from dataclasses import replace as with_

    from scrm.settings.dynamodb import save_step
    from scrm.settings.model import Settings
    from scrm.table import in_transaction

    with in_transaction() as transaction:
        save_step(with_(Settings(), brand="欧派"), 0, sops.bundle.time.now())(transaction)
    sops.put(SOP_A, TEXTS)
    return Staff(sops)


def entered(sops: Any, name: str = "小雨") -> tuple[str, str]:
    there, customer_id = sops.friend(name)
    assert sops.enter(customer_id, SOP_A) == ""
    sops.tick()
    return there, customer_id


def test_cus_22_a_due_step_is_listed_with_what_one_tap_sends(sops: Any, zhangsan: Staff) -> None:
    there, _ = entered(sops)
    one = zhangsan.to_do(there)
    said = "小雨您好，我是欧派的zhangsan，方便告诉我面积吗？"
    step = one["sop"]
    assert (one["kind"], one["overdue"], step["sop_name"], step["title"]) == (
        "sop",
        False,
        "全屋定制·新客七日培育",
        "问小区、面积",
    )
    assert step["bar"] == {"done": 0, "of": 5, "missed": 0, "skipped": 0, "text": "0/5"}
    assert step["content"]["payloads"][0]["text"]["content"].startswith("小雨您好，我是欧派的"), said
    assert step["content"]["ready"] is True
    assert [each["key"] for each in step["missing"]] == ["area"]
    (bar,) = zhangsan.get(f"/sidebar/customers/{there}/sops")["items"]
    assert (bar["bar"]["text"], bar["next"]["key"], bar["next"]["waits"]) == ("0/5", "A1", True)


def test_o_s1_sent_through_the_sidebar_with_the_field_recorded(sops: Any, zhangsan: Staff) -> None:
    there, x = entered(sops)
    sops.clock("02 10:39")
    done = zhangsan.act(there, "done")
    assert (done.status, [each["field"] for each in done.json["errors"]]) == (422, ["fields.area"])
    edited = zhangsan.ask("PATCH", f"/sidebar/customers/{there}", {"custom_fields": {"area": 98}})
    assert edited.status == 200, edited.text
    sops.clock("02 10:40")
    send_id = zhangsan.send(there)
    assert sops.bar(x, "A") == "1/5 A2 03-03 10:00"
    (closed,) = sops.to_dos("zhangsan", "done")
    assert (closed.send_id, closed.closed_at) == (send_id, at("02 10:40"))
    sops.tick("03 10:00")
    assert "98㎡" in zhangsan.to_do(there)["sop"]["content"]["payloads"][0]["text"]["content"]
    sops.clock("05 09:30")
    zhangsan.send(there)
    assert sops.bar(x, "A") == "2/5 A3 03-07 20:00"
    (bar,) = zhangsan.get(f"/sidebar/customers/{there}/sops")["items"]
    assert (bar["bar"]["text"], bar["next"]["key"], bar["next"]["due"]) == (
        "2/5",
        "A3",
        "2026-03-07T20:00:00+08:00",
    )
    trace = zhangsan.get(f"/sidebar/customers/{there}/timeline")["items"]
    assert [each["facts"]["item"] for each in trace if each["kind"] == "sent"] == ["sop", "sop"]


def test_3_12_sent_without_its_field_waits_for_it_and_is_done_as_of_the_send(
    sops: Any, zhangsan: Staff
) -> None:
    there, x = entered(sops)
    sops.clock("02 10:40")
    zhangsan.send(there)
    waiting = zhangsan.to_do(there)
    assert (waiting["status"], waiting["sop"]["sent"]) == ("open", True)
    assert [each["key"] for each in waiting["sop"]["missing"]] == ["area"]
    assert sops.bar(x, "A") == "0/5 A1"
    sops.clock("02 18:00")
    zhangsan.ask("PATCH", f"/sidebar/customers/{there}", {"custom_fields": {"area": 98}})
    assert sops.bar(x, "A") == "1/5 A2 03-03 10:00"
    (closed,) = sops.to_dos("zhangsan", "done")
    assert closed.closed_at == at("02 10:40")


def test_a_field_that_comes_just_when_it_was_found_missing_is_seen(sops: Any, zhangsan: Staff) -> None:
    """The field's own change has been followed before the to-do notes that it was sent."""
    there, x = entered(sops)
    gates = sops.bundle.cloud.before

    def comes_between(call: Call) -> None:
        place = call.request.get("Key", {}).get("SK", {}).get("S", "")
        if call.operation == "UpdateItem" and place.startswith("TASK#"):
            gates.remove(comes_between)
            known = Customers().customer(x, consistent=True)
            assert known
            Customers().save_customer(replace(known, custom_fields={"area": 98}), sops.bundle.time.now())
            fields_recorded(x)
            sops.bundle.cloud.store.stream.pop()  # that is what was just followed

    prepared = zhangsan.act(there, "prepare").json
    gates.append(comes_between)
    sops.clock("02 10:40")
    zhangsan.ask("POST", "/sidebar/sends", {"send_id": prepared["send_id"], "ok": True})
    assert comes_between not in gates
    assert sops.bar(x, "A") == "1/5 A2 03-03 10:00"


def test_a_failed_tap_leaves_the_to_do_open(sops: Any, zhangsan: Staff) -> None:
    there, x = entered(sops)
    zhangsan.send(there, ok=False)
    assert (zhangsan.to_do(there)["status"], sops.bar(x, "A")) == ("open", "0/5 A1")


def test_done_saves_the_fields_that_are_given_first(sops: Any, zhangsan: Staff) -> None:
    there, x = entered(sops)
    wrong = zhangsan.act(there, "done", fields={"area": {"a": 1}})
    assert (wrong.status, [each["field"] for each in wrong.json["errors"]]) == (422, ["fields.area"])
    sops.clock("02 10:40")
    task = zhangsan.to_do(there)
    for bar in ("0/5", "1/5"):
        path = f"/workbench/tasks/{task['task_id']}:done"
        done = zhangsan.ask("POST", path, {"fields": {"area": 98}, "note": "电话里说的"})
        assert (done.status, done.json["status"], done.json["sop"]["bar"]["text"]) == (200, "done", bar)
    assert sops.bar(x, "A") == "1/5 A2 03-03 10:00"


def test_complete_asks_for_the_field_as_done_does(sops: Any, zhangsan: Staff) -> None:
    there, x = entered(sops)
    assert zhangsan.act(there, "complete", root="workbench").json["errors"][0]["field"] == "fields.area"
    assert sops.bar(x, "A") == "0/5 A1"


def test_skip_says_why_and_the_next_step_follows(sops: Any, zhangsan: Staff) -> None:
    there, x = entered(sops)
    assert zhangsan.act(there, "skip").json["errors"][0]["field"] == "reason"
    sops.clock("02 11:00")
    skipped = zhangsan.act(there, "skip", reason="客户已到店")
    assert (skipped.json["status"], skipped.json["note"]) == ("skipped", "客户已到店")
    assert sops.bar(x, "A") == "0/4 A2 03-03 10:00"
    run = sops.enrollment(x, "A").latest("A1")
    assert (run.status, run.why) == ("SKIPPED", "staff")


def test_postponed_within_what_the_step_may_wait(sops: Any, zhangsan: Staff) -> None:
    there, x = entered(sops)
    for until, field in (("02 10:00", "until"), ("09 10:16", "until")):
        late = zhangsan.act(there, "postpone", until=at(until).isoformat())
        assert (late.status, late.json["errors"][0]["field"]) == (422, field)
    put_off = zhangsan.act(there, "postpone", until=at("04 15:00").isoformat())
    assert (put_off.status, put_off.json["due"], put_off.json["overdue"]) == (
        200,
        "2026-03-04T15:00:00+08:00",
        False,
    )
    today = zhangsan.get("/workbench/tasks", due="today")["items"]
    assert today == []
    (later,) = zhangsan.get("/workbench/tasks", day="2026-03-04")["items"]
    assert later["sop"]["bar"]["text"] == "0/5"
    assert sops.enrollment(x, "A").latest("A1").status == "DISPATCHED"


def test_a_timed_step_is_not_postponed_beyond_its_late_window(sops: Any) -> None:
    sops.put(SOP_T, {"D0": TEXTS["A1"]})
    there, x = sops.friend("T")
    sops.enter(x, SOP_T)
    sops.tick("02 10:20")
    member = Staff(sops)
    assert member.act(there, "postpone", until=at("02 16:21").isoformat()).status == 422
    assert member.act(there, "postpone", until=at("02 16:20").isoformat()).status == 200


def test_a_timed_step_that_was_sent_in_time_and_lacks_its_field_is_not_missed(sops: Any) -> None:
    needs = replace(SOP_T, steps=(replace(SOP_T.steps[0], requires=("area",)), *SOP_T.steps[1:]))
    sops.put(needs, {"D0": {"parts": [{"kind": "text", "text": "您好"}]}})
    there, x = sops.friend("T")
    sops.enter(x, needs)
    sops.tick("02 10:20")
    sops.clock("02 11:00")
    Staff(sops).send(there)
    assert sops.bar(x, "T").startswith("0/3")
    sops.tick("02 16:20")
    run = sops.enrollment(x, "T").latest("D0")
    assert (run.status, run.at, sops.bar(x, "T")) == ("SENT", at("02 11:00"), "1/3 D1 03-03 10:00")
    assert [each.status for each in sops.to_dos("zhangsan", None)] == ["done"]


def test_con_11_what_the_customer_opened_was_sent_though_no_client_told(sops: Any) -> None:
    h5 = {
        "kind": "product",
        "content": {"type": "nonstandard", "name": "安心保", "link": "https://shop.example.com/p"},
    }
    later = sops.put(replace(SOP_A, steps=SOP_A.steps[2:]), {"A2": {"parts": [h5]}})
    there, x = sops.friend("X")
    sops.enter(x, later)
    sops.tick("03 10:00")
    prepared = Staff(sops).act(there, "prepare")
    assert prepared.status == 201, prepared.text
    link = prepared.json["payloads"][0]["text"]["content"].split()[-1]
    sops.clock("03 11:00")
    browser = {"user-agent": PERSON}
    opened = sops.bundle.invoke("h5_api", http_event_of("GET", urlsplit(link).path, headers=browser))
    assert opened["statusCode"] == 302
    sops.bundle.settle()
    assert sops.bar(x, "A") == "1/4 A3 03-05 20:00"
    (closed,) = sops.to_dos("zhangsan", "done")
    assert (closed.send_id, closed.closed_at) == (prepared.json["send_id"], at("03 11:00"))


def test_who_may_do_a_step_and_when(sops: Any, zhangsan: Staff) -> None:
    there, _ = entered(sops)
    task_id = zhangsan.to_do(there)["task_id"]
    other = Staff(sops, "lisi")
    for action, body in (
        ("done", {}),
        ("skip", {"reason": "无"}),
        ("postpone", {"until": at("03 10:00").isoformat()}),
        ("prepare", {}),
    ):
        refused = other.ask("POST", f"/sidebar/tasks/{task_id}:{action}", body)
        assert (refused.status, refused.code) == (403, "not_your_task")
        unknown = zhangsan.ask("POST", f"/sidebar/tasks/20260302T021500Z-0-zhangsan:{action}", body)
        assert unknown.status == 404
    stale = zhangsan.ask("POST", f"/sidebar/tasks/{task_id}:skip", {"reason": "无", "version": 7})
    assert (stale.status, stale.code) == (409, "version_conflict")
    sops.switch("A", "paused")
    paused = zhangsan.ask("POST", f"/sidebar/tasks/{task_id}:prepare", {})
    assert (paused.status, paused.code) == (409, "sop_paused")
    assert zhangsan.to_do(there)["sop"]["sop_status"] == "paused"
    (bar,) = zhangsan.get(f"/sidebar/customers/{there}/sops")["items"]
    assert (bar["status"], bar["why"], bar["bar"]["text"]) == ("PAUSED", "sop_paused", "0/5")
    sops.switch("A", "running")
    zhangsan.ask("POST", f"/sidebar/tasks/{task_id}:skip", {"reason": "无"})
    over = zhangsan.ask("POST", f"/sidebar/tasks/{task_id}:prepare", {})
    assert (over.status, over.code) == (409, "task_closed")


def test_what_cannot_be_filled_is_named_and_nothing_is_sent_to_who_opted_out(sops: Any) -> None:
    first = sops.put(
        replace(SOP_A, steps=SOP_A.steps[1:]), {"A1": {"parts": [{"kind": "text", "text": "{brand}{days}"}]}}
    )
    there, x = sops.friend("X")
    sops.enter(x, first)
    sops.tick()
    member = Staff(sops)
    content = member.to_do(there)["sop"]["content"]
    assert ([each["field"] for each in content["problems"]], content["ready"]) == (
        ["parts.0.brand", "parts.0.days"],
        False,
    )
    refused = member.act(there, "prepare")
    assert [each["field"] for each in refused.json["errors"]] == ["parts.0.brand", "parts.0.days"]


def test_oae_13_who_opts_out_leaves_and_is_sent_nothing(sops: Any, zhangsan: Staff) -> None:
    there, _ = entered(sops)
    task_id = zhangsan.to_do(there)["task_id"]
    no = {"consents": [{"purpose": "marketing", "given": False, "source": "会话"}]}
    assert zhangsan.ask("PUT", f"/sidebar/customers/{there}/consents", no).status == 200
    refused = zhangsan.ask("POST", f"/sidebar/tasks/{task_id}:prepare", {})
    assert (refused.status, refused.code) == (409, "task_closed")
