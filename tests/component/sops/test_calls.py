"""spec SOP-14, 3.5: calls of a SOP, done by who called or told by the phone system, and what follows."""

from dataclasses import replace
from typing import Any

import pytest

from scrm.sops.model import Branch, Schedule, Step, Version
from tests.component.sops.staff_world import TEXTS, Staff
from tests.unit.sops.journeys import CORP, SOP_A

CALLS = Version(
    "C",
    1,
    "双剑合璧",
    "step_by_step",
    (
        Step(
            "C1",
            "发报告，加微信",
            "call",
            Schedule(),
            requires=("budget",),
            branches={
                "同意加微": Branch(goto="C3"),
                "未接": Branch(again_days=2, most=3, exit="refused"),
                "拒绝": Branch(exit="refused", blacklist_days=180),
            },
        ),
        Step("C2", "再寄一份", schedule=Schedule(days=1, at="10:00")),
        Step("C3", "欢迎语和报告", schedule=Schedule(days=1, at="10:00")),
    ),
)


@pytest.fixture
def caller(sops: Any) -> tuple[Staff, str, str]:
    """A member with a customer who is to be called."""
    sops.put(CALLS, {"C1": TEXTS["A4"]})
    there, x = sops.friend("X")
    sops.enter(x, CALLS)
    sops.tick()
    return Staff(sops), there, x


def test_sop_14_the_result_of_a_call_decides_what_follows(sops: Any, caller: Any) -> None:
    staff, there, x = caller
    one = staff.to_do(there)
    assert (one["kind"], one["sop"]["mode"], one["sop"]["results"]) == (
        "call",
        "call",
        ["同意加微", "未接", "拒绝", "connected"],
    )
    assert one["sop"]["content"]["parts"][0]["payload"]["text"]["content"] == "异议处理/价格"
    assert staff.act(there, "prepare").code == "not_a_send"
    for body, field in (
        ({}, "result"),
        ({"result": "睡着了"}, "result"),
        ({"result": "agreed"}, "fields.budget"),
    ):
        refused = staff.act(there, "done", **body)
        assert (refused.status, [each["field"] for each in refused.json["errors"]]) == (422, [field])
    done = staff.act(
        there, "done", root="workbench", result="agreed", fields={"budget": "10万"}, note="周六来"
    )
    assert (done.status, done.json["result"]) == (200, "同意加微"), done.text
    assert sops.bar(x, "C") == "1/2 C3 03-03 10:00"
    assert sops.enrollment(x, "C").latest("C1").result == "同意加微"


def test_3_5_nobody_there_is_called_again_two_days_later_three_times_at_most(sops: Any, caller: Any) -> None:
    staff, there, x = caller
    for due in ("03-04 10:15", "03-06 10:15"):
        assert staff.act(there, "done", result="no_answer").status == 200
        assert sops.bar(x, "C") == f"0/3 C1 {due}"
        sops.tick(due)
    staff.act(there, "done", result="no_answer")
    it = sops.enrollment(x, "C")
    assert (it.status, it.why, [each.attempt for each in it.runs]) == ("EXITED", "refused", [1, 2, 3])


def test_a_refusal_ends_the_sop(sops: Any, caller: Any) -> None:
    staff, there, x = caller
    staff.act(there, "done", result="拒绝")
    assert (sops.enrollment(x, "C").status, sops.to_dos("zhangsan")) == ("EXITED", [])


def told(sops: Any, task_id: str, **more: Any) -> Any:
    """Tell what came of a call as a phone system does; return what became of the row."""
    now = sops.bundle.time.now().replace(second=0).isoformat()
    sops.bundle.time.sleep(1)
    row = {"source_id": "1", "at": now, "kind": "call", "phone": "13800008000", "task_id": task_id, **more}
    answered = sops.tell("POST", "/integrations/touch-results", {"results": [row]})
    assert answered.status == 200, answered.text
    sops.bundle.settle()
    (result,) = answered.json["results"]
    return result


def test_sop_14_the_phone_system_tells_the_result(sops: Any, caller: Any) -> None:
    staff, there, x = caller
    task_id = staff.to_do(there)["task_id"]
    for body, field in (
        ({"task_id": "nobodys", "result": "answered"}, "task_id"),
        ({"result": "clicked"}, "result"),
        ({"result": "answered", "outcome": "睡着了"}, "outcome"),
    ):
        row = told(sops, **{"task_id": task_id, **body})
        assert (row["status"], row["errors"][0]["field"]) == ("invalid", field)
    sops.clock("02 10:20")
    for _ in range(2):
        assert told(sops, task_id, result="no_answer", kind="ai_call")["status"] == "recorded"
    assert sops.bar(x, "C") == "0/3 C1 03-04 10:20"
    assert [row for row in sops.bundle.rows("CUSTOMER#") if row["PK"] != f"CUSTOMER#{x}"] == []


def test_a_call_that_reached_somebody_waits_for_what_is_to_be_learnt(sops: Any, caller: Any) -> None:
    staff, there, x = caller
    sops.clock("02 10:20")
    told(sops, staff.to_do(there)["task_id"], result="answered", outcome="同意加微")
    waiting = staff.to_do(there)
    assert (waiting["result"], waiting["sop"]["sent"]) == ("同意加微", True)
    sops.clock("02 17:00")
    assert staff.act(there, "done", fields={"budget": "10万"}).status == 200
    assert sops.bar(x, "C") == "1/2 C3 03-03 10:00"
    assert sops.enrollment(x, "C").latest("C1").at.isoformat() == "2026-03-02T02:20:00+00:00"


def test_sop_16_a_step_asks_for_the_result_of_an_earlier_one_in_either_word(sops: Any) -> None:
    first = Step("K1", "电话", "call")
    others = (
        Step("K2", "未接的", schedule=Schedule(days=1, at="10:00"), when={"K1": ("未接",)}),
        Step("K3", "接通的", schedule=Schedule(days=1, at="10:00"), when={"K1": ("接通",)}),
    )
    version = sops.put(replace(CALLS, steps=(first, *others)))
    there, x = sops.friend("X")
    sops.enter(x, version)
    sops.tick()
    assert Staff(sops).act(there, "done", result="connected").status == 200
    for text in ("03 10:00", "04 10:00"):
        sops.tick(text)
    runs = {each.step_key: each.status for each in sops.enrollment(x, "C").runs}
    assert runs == {"K1": "SENT", "K2": "SKIPPED", "K3": "DISPATCHED"}


def test_a_result_is_of_steps_that_have_one(sops: Any) -> None:
    later = sops.put(replace(SOP_A, steps=SOP_A.steps[2:]), TEXTS)
    there, x = sops.friend("X")
    sops.enter(x, later)
    sops.tick("03 10:00")
    refused = Staff(sops).act(there, "done", result="connected")
    assert refused.json["errors"][0]["field"] == "result"


def test_3_5_a_lead_nobody_owns_is_called_and_moves_by_the_result(sops: Any) -> None:
    from scrm.leads import dynamodb as leads
    from scrm.leads.model import Lead
    from scrm.sops.dynamodb import begin
    from scrm.sops.enrollment import Enrollment
    from scrm.sops.moving import entered

    version = sops.put(replace(CALLS, subject="lead"), {"C1": {"parts": [{"kind": "text", "text": "您好"}]}})
    now = sops.bundle.time.now()
    keys = (("phone", "13800008000"),)
    leads.create(Lead("ld_1", "POOLED", "website", "华信科技", keys=keys, created_at=now), {}, None)  # type: ignore[arg-type]
    start = Enrollment("C", "ld_1", 1, now, now, owner="zhangsan", lead_id="ld_1", trigger="lead")
    begin(entered(start, version, CORP))
    sops.tick()
    staff = Staff(sops)
    (call,) = [each for each in staff.get("/workbench/tasks")["items"] if each["sop"]]
    assert (call["kind"], call["payload"]["lead_id"], call["customer_id"]) == ("call", "ld_1", None)
    path = f"/workbench/tasks/{call['task_id']}:done"
    refused = staff.ask("POST", path, {"result": "未接", "fields": {"budget": "10万"}})
    assert [each["field"] for each in refused.json["errors"]] == ["fields"]
    revealed = staff.ask("POST", path.replace(":done", "/contacts:reveal"), {"reason": "致电"})
    assert [each["value"] for each in revealed.json["contacts"]] == ["13800008000"], revealed.text
    assert staff.ask("POST", path, {"result": "未接"}).status == 200
    assert staff.ask("POST", path.replace(":done", "/contacts:reveal"), {"reason": "致电"}).status == 409
    assert sops.bar("ld_1", "C") == "0/3 C1 03-04 10:15"
    today = staff.get("/workbench/today")
    assert (today["sop_tasks_due"], today["calls_due"]) == (0, 0)
    sops.tick("04 10:15")
    today = staff.get("/workbench/today")
    assert (today["sop_tasks_due"], today["calls_due"], today["sop_tasks_overdue"]) == (1, 1, 0)
    assert [each["sop"]["attempt"] for each in today["next_tasks"] if each["sop"]] == [2]
    for text, late in (("04 10:16", 0), ("04 14:16", 1)):
        sops.clock(text)
        assert staff.get("/workbench/today")["sop_tasks_overdue"] == late
        assert len(staff.get("/workbench/tasks", due="overdue")["items"]) == late
