"""What staff do with a lead: the machine, follow-ups, transfers, returns, claims (LED-13, 15 to 18, 23)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.component.leads.leads_world import Leads

TALKED = {"method": "call", "content": "已电话沟通"}


# ------------------------------------------------------------------ LED-17: follow-ups


def test_led_17_a_follow_up_is_listed_extends_protection_and_begins_following(leads: Leads) -> None:
    leads.lead("L", "lisi")
    assert leads["L"].protect_until == leads.clock("2026-03-12", "10:15")
    leads.clock("2026-03-11", "09:00")

    next_at = "2026-03-13T10:00:00+08:00"
    told = leads.done("lisi", "POST", "/leads/L/follow-ups", {**TALKED, "next_at": next_at, "demand": "三台"})

    assert told["lead"]["status"] == "FOLLOWING"
    assert told["lead"]["last_follow_at"] == "2026-03-11T09:00:00+08:00"
    assert told["lead"]["protect_until"] == "2026-03-14T09:00:00+08:00"
    assert told["lead"]["next_follow_at"] == next_at
    leads.clock("2026-03-11", "09:05")
    leads.done("lisi", "POST", "/leads/L/follow-ups", {"method": "visit", "content": "上门"})
    listed = leads.done("lisi", "GET", "/leads/L/follow-ups?limit=1")
    assert [each["content"] for each in listed["items"]] == ["上门"]
    rest = leads.done("lisi", "GET", f"/leads/L/follow-ups?limit=1&cursor={listed['next_cursor']}")
    assert [each["content"] for each in rest["items"]] == ["已电话沟通"]
    assert rest["next_cursor"] is None


def test_led_17_the_same_key_records_a_follow_up_once_also_when_its_answer_was_lost(leads: Leads) -> None:
    leads.lead("L", "lisi")
    key = {"idempotency-key": "follow-1"}

    first = leads.send("lisi", "POST", "/leads/L/follow-ups", TALKED, key)
    leads.clear("NOTHING")
    leads.clock("2026-03-02", "10:20")
    again = leads.send("lisi", "POST", "/leads/L/follow-ups", TALKED, key)

    assert first.status == again.status == 201
    assert first.json["follow_up"]["follow_id"] == again.json["follow_up"]["follow_id"]
    assert len(leads.done("lisi", "GET", "/leads/L/follow-ups")["items"]) == 1
    assert leads["L"].version == 3


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"method": "smoke", "content": "x"}, "method"),
        ({"method": "call"}, "content"),
        ({**TALKED, "next_at": "2026-03-02T10:00:00+08:00"}, "next_at"),
        ({**TALKED, "attachments": ["fi_none"]}, "attachments.0"),
        ({**TALKED, "quote_fen": 0}, "quote_fen"),
    ],
)
def test_led_17_what_is_wrong_with_a_follow_up_is_named(leads: Leads, body: Any, field: str) -> None:
    leads.lead("L", "lisi")

    answered = leads.send("lisi", "POST", "/leads/L/follow-ups", body)

    assert (answered.status, answered.json["errors"][0]["field"]) == (422, field)
    assert leads["L"].status == "ASSIGNED"


def test_led_17_numbers_in_a_record_are_hidden(leads: Leads) -> None:
    leads.lead("L", "lisi")

    told = leads.done(
        "lisi", "POST", "/leads/L/follow-ups", {"method": "call", "content": "改打 13800138000"}
    )

    assert told["follow_up"]["content"] == "改打 138****8000"


# ------------------------------------------------------------------ LED-18: the machine


def test_led_18_what_the_machine_does_not_have_is_refused_and_writes_nothing(leads: Leads) -> None:
    leads.lead("L", "lisi")

    assert leads.refused("lisi", "PATCH", "/leads/L", {"status": "WON"}) == (409, "wrong_status")
    assert leads.refused("lisi", "POST", "/leads/L:transition", {"to": "WON"}) == (409, "wrong_status")
    assert leads.refused("lisi", "POST", "/leads/L:transition", {"trigger": "sign"}) == (409, "wrong_status")
    assert leads.refused("lisi", "PATCH", "/leads/L", {"status": "FOLLOWING"}) == (409, "evidence_missing")
    leads.done("lisi", "POST", "/leads/L/follow-ups", TALKED)
    assert leads.done("lisi", "PATCH", "/leads/L", {"status": "FOLLOWING"})["status"] == "FOLLOWING"


def test_seg_19_each_stage_asks_for_its_evidence_and_names_what_is_missing(leads: Leads) -> None:
    leads.lead("L", "lisi")
    leads.done("lisi", "POST", "/leads/L/follow-ups", TALKED)

    missing = leads.send("lisi", "POST", "/leads/L:transition", {"to": "QUALIFIED"})
    assert (missing.status, missing.code) == (409, "evidence_missing")
    assert [each["code"] for each in missing.json["missing"]] == ["demand"]
    demand = {"to": "QUALIFIED", "evidence": [{"kind": "demand", "note": "要三台"}]}
    assert leads.done("lisi", "POST", "/leads/L:transition", demand)["status"] == "QUALIFIED"

    missing = leads.send("lisi", "POST", "/leads/L:transition", {"trigger": "intend"})
    assert [each["code"] for each in missing.json["missing"]] == ["quote", "visit", "score"]
    leads.clock("2026-03-03")
    leads.done("lisi", "POST", "/leads/L/follow-ups", {**TALKED, "quote_fen": 300_000})
    assert leads.done("lisi", "POST", "/leads/L:transition", {"trigger": "intend"})["status"] == "INTENT"

    assert leads.refused("lisi", "POST", "/leads/L:transition", {"to": "SIGNED"}) == (409, "evidence_missing")
    dates = {"start_date": "2026-03-01", "end_date": "2026-12-31"}
    contract = {"amount_fen": 300_000, "signed_at": "2026-03-02T10:00:00+08:00", **dates}
    leads.done("lisi", "POST", "/leads/L/contracts", contract)
    assert leads["L"].status == "SIGNED"
    shown = leads.done("lisi", "GET", "/leads/L")
    assert shown["evidence"] == ["contract", "demand", "follow_up", "quote"]
    assert shown["demand"]["text"] == "要三台"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "to"),
        ({"to": "FOLLOWING", "trigger": "follow"}, "to"),
        ({"to": "QUALIFIED", "evidence": [{"kind": "contract", "note": "1"}]}, "evidence.0.kind"),
        ({"to": "QUALIFIED", "evidence": [{"kind": "visit", "note": "1"}]}, "evidence.0.kind"),
        ({"to": "QUALIFIED", "evidence": [{"kind": "demand"}]}, "evidence.0.note"),
        ({"to": "MARRIED"}, "to"),
        ({"trigger": "recycle"}, "trigger"),
        ({"trigger": "give_up"}, "reason"),
    ],
)
def test_led_18_what_is_wrong_with_a_step_is_named(leads: Leads, body: Any, field: str) -> None:
    leads.lead(
        "L", "lisi", status="FOLLOWING", followed_at=datetime.fromisoformat("2026-03-02T02:00:00+00:00")
    )

    answered = leads.send("lisi", "POST", "/leads/L:transition", body)

    assert (answered.status, answered.json["errors"][0]["field"]) == (422, field)


def test_led_18_nobody_says_that_a_signed_lead_is_won(leads: Leads) -> None:
    leads.lead("L", "lisi", status="SIGNED")
    won = {"to": "WON"}

    assert leads.refused("lisi", "POST", "/leads/L:transition", won) == (403, "wrong_actor")
    assert leads.refused("zhangsan", "POST", "/leads/L:transition", won) == (403, "wrong_actor")
    assert leads.refused("zhengshi", "POST", "/leads/L:transition", won) == (409, "evidence_missing")


def test_led_18_a_stale_version_is_refused(leads: Leads) -> None:
    leads.lead("L", "lisi")
    body = {"trigger": "give_up", "reason": "无预算", "version": 1}

    assert leads.refused("lisi", "POST", "/leads/L:transition", body) == (409, "version_conflict")
    given_up = leads.done("lisi", "POST", "/leads/L:transition", {**body, "version": 2})
    assert given_up["status"] == "LOST"
    assert leads.done("lisi", "GET", "/leads?status=LOST")["items"][0]["lead_id"] == "L"


# ------------------------------------------------------------------ LED-13: transfer and assignment by hand


def test_led_13_a_transfer_has_owner_history_and_notices_to_both(leads: Leads, lambda_context: Any) -> None:
    from scrm.leads.loads_dynamodb import load_of

    leads.lead("L", "lisi")
    leads.react(lambda_context)

    body = {"to": "WANGWU", "reason": "按区域调整"}
    told = leads.done("zhangsan", "POST", "/leads/L:transfer", body)

    assert told["owner"] == {"userid": "wangwu", "name": "王五"}
    assert (load_of("lisi").open, load_of("wangwu").open) == (0, 1)
    notices = leads.react(lambda_context)
    assert {(each["kind"], each["userid"]) for each in notices} == {("new_lead", "wangwu"), ("alert", "lisi")}
    latest = leads.done("wangwu", "GET", "/leads/L")["timeline"][0]
    assert (latest["facts"]["trigger"], latest["facts"]["reason"], latest["by"]) == (
        "transfer",
        "按区域调整",
        "zhangsan",
    )
    assert leads.refused("lisi", "GET", "/leads/L") == (403, "no_access_to_lead")


def test_led_13_who_may_transfer_to_whom(leads: Leads) -> None:
    leads.lead("L", "lisi")
    body = {"to": "wangwu", "reason": "调整"}

    assert leads.refused("lisi", "POST", "/leads/L:transfer", body) == (403, "wrong_actor")
    assert leads.refused("wangwu", "POST", "/leads/L:transfer", body) == (403, "no_access_to_lead")
    assert leads.refused("LiuYang", "POST", "/leads/L:transfer", body) == (403, "no_access_to_lead")
    assert leads.refused("zhangsan", "POST", "/leads/L:transfer", {**body, "to": "ChenMei"}) == (
        403,
        "out_of_scope",
    )
    assert leads.refused("zhangsan", "POST", "/leads/L:transfer", {**body, "to": "lisi"}) == (
        409,
        "same_owner",
    )
    nobody = leads.send("zhangsan", "POST", "/leads/L:transfer", {**body, "to": "nobody"})
    assert (nobody.status, nobody.json["errors"][0]["field"]) == (422, "to")
    unsaid = leads.send("zhangsan", "POST", "/leads/L:transfer", {"to": "wangwu", "reason": ""})
    assert (unsaid.status, unsaid.json["errors"][0]["field"]) == (422, "reason")


def test_led_13_a_manager_assigns_a_lead_of_the_pool_by_hand(leads: Leads, lambda_context: Any) -> None:
    leads.lead("L")
    leads.react(lambda_context)

    told = leads.done("zhangsan", "POST", "/leads/L:transfer", {"to": "lisi", "reason": "熟悉该行业"})

    assert (told["status"], told["owner"]["userid"]) == ("ASSIGNED", "lisi")
    assert told["protect_until"] == "2026-03-12T10:15:00+08:00"
    assert [each["kind"] for each in leads.react(lambda_context)] == ["new_lead"]


# ------------------------------------------------------------------ LED-23: release, recall, lock, reopen


def test_led_23_a_lead_given_back_waits_in_the_pool_and_its_ex_owner_waits_too(leads: Leads) -> None:
    leads.lead("L", "lisi")
    assert leads.send("lisi", "POST", "/leads/L:release", {"reason": " "}).status == 422

    told = leads.done("lisi", "POST", "/leads/L:release", {"reason": "不是目标客户"})

    assert (told["status"], told["owner"], told["recycle_count"]) == ("POOLED", None, 1)
    claim = "/pools/P/leads/L/claim"
    assert leads.refused("lisi", "POST", claim) == (409, "cooldown")
    leads.clock("2026-03-03", "10:14")
    assert leads.refused("lisi", "POST", claim) == (409, "cooldown")
    leads.clock("2026-03-03", "10:15")
    assert leads.done("lisi", "POST", claim)["owner"]["userid"] == "lisi"


def test_led_23_a_manager_recalls_and_the_owner_is_told(leads: Leads, lambda_context: Any) -> None:
    leads.lead("L", "lisi")
    leads.react(lambda_context)

    assert leads.refused("wangwu", "POST", "/leads/L:release", {"reason": "x"}) == (403, "no_access_to_lead")
    leads.done("zhangsan", "POST", "/leads/L:release", {"reason": "R1"})

    assert [(each["kind"], each["userid"]) for each in leads.react(lambda_context)] == [("alert", "lisi")]
    assert leads["L"].reason == "手动：R1"
    leads.tick(lambda_context)
    assert leads["L"].status == "POOLED"


def test_led_23_a_locked_lead_cannot_be_given_back_until_it_is_unlocked(leads: Leads) -> None:
    leads.lead("L", "lisi")
    why = {"reason": "重点客户"}

    assert leads.refused("lisi", "POST", "/leads/L:lock", why) == (403, "wrong_actor")
    assert leads.done("zhangsan", "POST", "/leads/L:lock", why)["locked"]
    assert leads.refused("lisi", "POST", "/leads/L:release", why) == (409, "locked")
    assert "recycle" not in leads.done("lisi", "GET", "/leads/L")["allowed_actions"]
    assert not leads.done("zhangsan", "POST", "/leads/L:unlock", why)["locked"]
    assert leads.done("lisi", "POST", "/leads/L:release", why)["status"] == "POOLED"


def test_a_lost_lead_is_reopened_unless_another_one_of_the_person_is_open(leads: Leads) -> None:
    phone = (("phone", "13800138000"),)
    leads.lead("L", "lisi", keys=phone)
    leads.done("lisi", "POST", "/leads/L:transition", {"trigger": "give_up", "reason": "无预算"})
    leads.lead("M", keys=phone)
    why = {"reason": "又有预算"}

    assert leads.refused("lisi", "POST", "/leads/L:reopen", why) == (403, "wrong_actor")
    assert leads.refused("zhangsan", "POST", "/leads/L:reopen", why) == (409, "open_lead_exists")
    leads.done("zhangsan", "POST", "/leads/M:transfer", {"to": "wangwu", "reason": "x"})
    leads.done("wangwu", "POST", "/leads/M:transition", {"trigger": "give_up", "reason": "重复"})
    told = leads.done("zhangsan", "POST", "/leads/L:reopen", why)
    assert (told["status"], told["pool_id"], told["owner"]) == ("POOLED", "P", None)
    assert leads.refused("zhangsan", "POST", "/leads/L:reopen", why) == (409, "wrong_status")


# ------------------------------------------------------------------ LED-15, 16: claims


def test_l13_of_fifty_claims_one_is_answered_200(leads: Leads, lambda_context: Any) -> None:
    leads.lead("L")
    # A process answers one request at a time: threads share what the first request of a route loads.
    browsers = [leads.send(each, "GET", "/pools") and each for each in ("lisi", "wangwu")] * 25

    with ThreadPoolExecutor(5) as several:
        answers = list(several.map(lambda who: leads.send(who, "POST", "/pools/P/leads/L/claim"), browsers))

    assert sorted(each.status for each in answers) == [200] + [409] * 49
    leads.react(lambda_context)
    history = [row for row in leads.tables.rows("LEAD#L", "HISTORY#") if row.get("owner")]
    assert len(history) == 1


def test_l14_caps_over_http(leads: Leads) -> None:
    leads.rules(claim_daily_cap=3, hold_cap=5)
    for number in range(3):
        leads.lead(f"H{number}", "lisi", status="SIGNED")
    leads.lead("W", "lisi", status="SIGNED")
    leads.won("W")
    for number in range(5):
        leads.lead(f"L{number}")

    def claimed(number: int) -> int | str:
        answered = leads.send("lisi", "POST", f"/pools/P/leads/L{number}/claim")
        return 200 if answered.status == 200 else f"{answered.status} {answered.code}"

    assert [claimed(each) for each in range(3)] == [200, 200, "409 hold_cap"]
    leads.won("H0")
    assert [claimed(3), claimed(4)] == [200, "409 daily_cap"]
    pool = leads.done("lisi", "GET", "/pools")["items"][0]
    assert (pool["claimed_today"], pool["held"]) == (3, 5)


def test_l15_cooldown_over_http(leads: Leads, lambda_context: Any) -> None:
    leads.rules(cooldown=timedelta(hours=24))
    leads.clock("2026-03-02", "10:00")
    for lead_id in ("L1", "L2"):
        leads.lead(lead_id, "lisi")
        leads.done("zhangsan", "POST", f"/leads/{lead_id}:release", {"reason": "收回"})

    leads.clock("2026-03-02", "15:00")
    assert leads.refused("lisi", "POST", "/pools/P/leads/L1/claim") == (409, "cooldown")
    assert leads.send("wangwu", "POST", "/pools/P/leads/L1/claim").status == 200
    leads.clock("2026-03-03", "10:00")
    assert leads.send("lisi", "POST", "/pools/P/leads/L2/claim").status == 200


def test_led_16_who_is_no_member_neither_claims_nor_looks(leads: Leads) -> None:
    leads.lead("L", keys=(("phone", "13800138000"),), name="陈一")

    assert leads.refused("ChenMei", "POST", "/pools/P/leads/L/claim") == (403, "not_a_member")
    assert leads.refused("admin", "POST", "/pools/P/leads/L/claim") == (403, "not_a_member")
    assert leads.refused("ChenMei", "GET", "/pools/P/leads") == (403, "not_a_member")
    assert leads.refused("ChenMei", "POST", "/pools/none/leads/L/claim") == (403, "not_a_member")
    assert leads.refused("lisi", "POST", "/pools/P/leads/none/claim") == (404, "not_found")
    waiting = leads.done("lisi", "GET", "/pools/P/leads")["items"]
    assert [(each["lead_id"], each["phone"]) for each in waiting] == [("L", "138****8000")]
    assert [each["pool_id"] for each in leads.done("LiuYang", "GET", "/pools")["items"]] == ["Q"]
    assert [each["pool_id"] for each in leads.done("sunqi", "GET", "/pools")["items"]] == []


def test_the_owner_sees_contacts_in_full_with_a_line_in_the_audit_log(leads: Leads) -> None:
    leads.lead("L", keys=(("phone", "13800138000"),))
    why = {"reason": "致电客户"}

    assert leads.refused("lisi", "POST", "/leads/L/contacts:reveal", why) == (403, "wrong_actor")
    leads.done("lisi", "POST", "/pools/P/leads/L/claim")
    assert leads.done("lisi", "GET", "/leads/L")["contacts"]["contacts"][0]["value"] == "138****8000"
    told = leads.done("lisi", "POST", "/leads/L/contacts:reveal", why)
    assert [each["value"] for each in told["contacts"]] == ["13800138000"]
    assert any("lead_contacts_revealed" in str(row) for row in leads.tables.rows("AUDIT"))


# ------------------------------------------------------------------ what a page offers, and a to-do asks


def test_led_18_winning_is_offered_to_nobody(leads: Leads) -> None:
    leads.lead("L", "lisi", status="SIGNED")

    offered = {who: leads.done(who, "GET", "/leads/L")["allowed_actions"] for who in ("lisi", "zhengshi")}

    assert offered == {"lisi": ["give_up"], "zhengshi": ["void_contract"]}


def test_led_17_a_to_do_of_a_lead_is_done_by_the_record_which_is_told_once(
    leads: Leads, lambda_context: Any
) -> None:
    leads.lead("L", "lisi")
    leads.done("lisi", "POST", "/leads/L/follow-ups", {**TALKED, "next_at": "2026-03-03T10:00:00+08:00"})
    leads.react(lambda_context)
    (to_do,) = leads.done("lisi", "GET", "/tasks")["items"]
    leads.clock("2026-03-03", "11:00")

    for way in ("done", "complete"):
        path = f"/tasks/{to_do['task_id']}:{way}"
        assert leads.refused("lisi", "POST", path, {}) == (409, "follow_up_missing")
    answered = leads.send("lisi", "POST", f"/tasks/{to_do['task_id']}:done", {})
    assert answered.json["href"] == "/workbench/leads/L/follow-ups"
    told = leads.done("lisi", "POST", "/leads/L/follow-ups", TALKED)
    assert not told["lead"]["overdue"]
    # The stream has not closed it yet: nothing is asked twice.
    assert leads.done("lisi", "POST", f"/tasks/{to_do['task_id']}:done", {})["status"] == "done"

    leads.react(lambda_context)
    page = leads.done("lisi", "GET", "/leads/L")
    assert sorted(each["kind"] for each in page["timeline"]) == ["follow_up", "follow_up", "step", "step"]
    assert {each["facts"]["status"] for each in page["timeline"] if each["kind"] == "follow_up"} == {
        "FOLLOWING"
    }
