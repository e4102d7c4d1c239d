"""Leads of other systems (LED-04, LED-08, LED-10, LED-12): kinds, dedupe, lists and what calls found out."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.component.aborting import Killed, Steps
from tests.component.console import ask
from tests.component.http_world import logged_in
from tests.component.integrations_api.senders import KEY, SECRET, sent, statuses
from tests.component.leads.playing import PHONE, closed, held_by, in_force, lead, leads, notices, told_of

__all__ = ["ask"]

FEED = "/integrations/leads"


@pytest.fixture
def feed(corp: Any, queues: Any, parameters: Callable[[str, str], None]) -> Any:
    """The corp, with a key for the systems that feed it."""
    from scrm.integrations import gate

    gate.forget()
    parameters(f"integrations/{KEY}", json.dumps({"secret": SECRET}))
    return corp


def told(kind: str = "website", phone: str = PHONE, **more: Any) -> dict[str, Any]:
    """Return a row."""
    return {"kind": kind, "phone": phone, **more}


def put(*rows: Any) -> Any:
    """Send rows; return the answer."""
    return sent("POST", FEED, {"leads": list(rows)})


def turns() -> Any:
    """Return where the turns of the rule stand."""
    from scrm.leads.rules_dynamodb import cursors

    return cursors(["R"])["R"]


@pytest.mark.parametrize(
    ("kind", "label"),
    [
        ("crawler", "爬虫"),
        ("website", "官网"),
        ("campaign", "市场活动"),
        ("partner", "合作伙伴"),
        ("call_robot", "外呼"),
    ],
)
def test_led_08_each_kind_is_labelled_and_assigned(feed, play, kind, label):
    in_force("lisi")

    answer = sent("POST", FEED, told(kind, name="周女士", prelabels=["高意向"], campaign="春季"))
    play()

    (there,) = leads()
    assert answer.json == {
        "recorded": 1,
        "results": [{"source_id": "", "status": "created", "lead_id": there.lead_id, "errors": []}],
    }
    assert (there.source, there.prelabels, there.campaign) == (kind, (label, "高意向"), "春季")
    assert (there.status, there.owner) == ("ASSIGNED", "lisi")


def test_led_08_a_wrong_row_does_not_stop_the_others(feed):
    answer = put(told(), {"kind": "fax", "phone": PHONE}, told(phone="x"), {"kind": "partner"}, "row")

    assert statuses(answer) == ["created", "invalid", "invalid", "invalid", "invalid"]
    fields = [each["errors"][0]["field"] for each in answer.json["results"][1:]]
    assert fields == ["kind", "phone", "phone", "row"]
    assert len(leads()) == 1


def test_led_08_two_systems_that_number_theirs_alike_tell_of_two_persons(feed, play, parameters):
    parameters("integrations/shop", json.dumps({"secret": SECRET}))
    mine = told(source_id="1001", name="周女士")
    theirs = told(phone="13900139000", source_id="1001", name="王先生")

    first = [sent("POST", FEED, mine), sent("POST", FEED, theirs, key="shop")]
    again = [sent("POST", FEED, mine), sent("POST", FEED, theirs, key="shop")]

    assert [statuses(each) for each in first] == [["created"], ["created"]]
    assert [statuses(each) for each in again] == [["duplicate"], ["duplicate"]]
    assert sorted(each.name for each in leads()) == ["周女士", "王先生"]
    assert [each.json["results"][0]["lead_id"] for each in first] == [
        each.json["results"][0]["lead_id"] for each in again
    ]


def test_l10_touches_of_two_systems_that_number_theirs_alike_are_two(feed, parameters):
    parameters("integrations/shop", json.dumps({"secret": SECRET}))
    lead_id = put(told(source_id="1")).json["results"][0]["lead_id"]

    for _ in range(2):
        put(told(source_id="2", demand="问价格"))
        sent("POST", FEED, told(source_id="2", demand="要发票"), key="shop")

    assert sorted(each.facts["demand"] for each in told_of(lead_id)) == ["要发票", "问价格"]


def test_l10_a_touch_on_an_open_lead_tells_its_owner_and_moves_no_turn(feed, play, queues):
    in_force("lisi", "wangwu")
    put(told(source_id="w1"))
    play()
    notices(queues)
    (before,), turn = leads(), turns()

    answer = put(told("partner", f"+86 {PHONE}", source_id="p1", demand="再问价格"))
    again = put(told("partner", PHONE, source_id="p1", demand="再问价格"))
    play()

    assert statuses(answer) == statuses(again) == ["duplicate"]
    assert leads() == [before]
    assert turns() == turn
    assert held_by("lisi") == 1
    (touch,) = told_of(before.lead_id)
    assert (touch.source, touch.facts["demand"], touch.owner) == ("partner", "再问价格", "lisi")
    assert [(each["kind"], each["userid"]) for each in notices(queues)] == [("alert", "lisi")]


def test_l10_whose_person_it_is_gets_no_second_lead_although_full(feed, play, queues):
    from scrm.leads.policy import Member

    in_force(Member("lisi", 0, max_open=1), Member("wangwu", 1))
    put(told(source_id="w1"))
    play()

    put(told(source_id="w2"))
    play()

    assert [(each.owner, each.version) for each in leads()] == [("lisi", 2)]


def test_2_3_a_score_that_is_told_wakes_a_lead_in_nurture_at_60_and_begins_anew(feed, play, at):
    from scrm import clock
    from scrm.leads.history_dynamodb import history
    from scrm.leads.living import change
    from scrm.leads.steps import recycled

    in_force("lisi", "wangwu")
    (row,) = put(told(source_id="w1", score=20)).json["results"]
    play()
    assert [(each.owner, each.score) for each in leads()] == [("lisi", 20)]
    put(told(source_id="w2", score=30))
    play()
    assert [(each.owner, each.status, each.score) for each in leads()] == [("lisi", "ASSIGNED", 30)]
    at("2026-03-02T11:00:00+08:00")
    change(row["lead_id"], lambda lead, _: replace(lead, recycle_count=2), clock.now())
    change(
        row["lead_id"],
        lambda lead, pool: recycled(lead, pool.protection, "owner", "lisi", clock.now(), "没有预算"),
        clock.now(),
    )
    play()
    assert [each.status for each in leads()] == ["NURTURE"]

    put(told(source_id="w3", score=59))
    play()
    assert [(each.status, each.score) for each in leads()] == [("NURTURE", 59)]
    at("2026-03-02T12:00:00+08:00")
    put(told("partner", source_id="p1", score=60))
    play()

    (woken,) = leads()
    assert (woken.status, woken.owner, woken.score, woken.recycle_count) == ("POOLED", "", 60, 0)
    steps = [each.trigger for each in history(woken.lead_id)]
    assert steps[-2:] == ["score", "wake"]


def test_l22_a_blacklisted_phone_is_invalid_and_the_same_one_whitelisted_is_assigned(feed, ask, play, queues):
    in_force("lisi")
    body = {"kind": "phone", "value": f"+86 {PHONE}", "colour": "black", "reason": "同行"}
    assert ask("POST", "/admin/lead-lists", body).status == 201

    refused = put(told())
    play()

    assert statuses(refused) == ["blacklisted"]
    assert [(each.status, each.reason, each.owner) for each in leads()] == [("INVALID", "blacklist", "")]
    assert notices(queues) == []
    assert ask("POST", "/admin/lead-lists", {**body, "colour": "white"}).status == 201
    accepted = put(told())
    play()
    assert statuses(accepted) == ["created"]
    assert lead(accepted.json["results"][0]["lead_id"]).owner == "lisi"


def test_led_04_the_lists_are_kept_by_administrators_with_audit(feed, ask, tables):
    body = {"kind": "phone", "value": PHONE, "colour": "black", "reason": "同行"}

    made = ask("POST", "/admin/lead-lists", body)
    ask("POST", "/admin/lead-lists", {"kind": "crmid", "value": "C-1", "colour": "white", "reason": "老客户"})

    assert (made.status, made.json["value"], made.json["by"]) == (201, "138****8000", "admin")
    first = ask("GET", "/admin/lead-lists", query={"limit": "1"}).json
    second = ask("GET", "/admin/lead-lists", query={"limit": "1", "cursor": first["next_cursor"]}).json
    assert {each["colour"] for each in (*first["items"], *second["items"])} == {"black", "white"}
    assert second["next_cursor"] is None
    entry = f"/admin/lead-lists/{made.json['entry_id']}"
    assert (ask("DELETE", entry).status, ask("DELETE", entry).status) == (204, 404)
    assert statuses(put(told())) == ["created"]
    audit = [each for each in tables.rows("AUDIT") if "lead_key" in str(each.get("action"))]
    assert [each["action"] for each in audit] == ["lead_key_listed", "lead_key_listed", "lead_key_unlisted"]
    assert PHONE not in str(audit)
    wrong = ask("POST", "/admin/lead-lists", {**body, "value": "abc"})
    assert (wrong.status, wrong.json["errors"][0]["field"]) == (422, "value")
    assert ask("POST", "/admin/lead-lists", body, role="staff").status == 403


@pytest.fixture
def cleaned_first(feed: Any, ask: Any) -> None:
    """Leads of crawlers are cleaned before they are given."""
    in_force("lisi")
    changed = ask("PUT", "/admin/lead-kinds/crawler", {"prelabels": ["爬虫"], "needs_cleaning": True})
    assert (changed.status, changed.json["version"]) == (200, 1)
    stale = ask("PUT", "/admin/lead-kinds/crawler", {"prelabels": [], "needs_cleaning": True})
    assert (stale.status, stale.code) == (409, "version_conflict")


def test_led_10_a_valid_lead_is_given_once_it_has_been_cleaned(cleaned_first, play):
    lead_id = put(told("crawler")).json["results"][0]["lead_id"]
    play()
    waiting = lead(lead_id)

    for _ in range(2):
        assert statuses(put({"phone": PHONE, "result": "valid"})) == ["cleaned"]
    play()

    assert (waiting.status, waiting.owner) == ("NEW", "")
    assert (lead(lead_id).status, lead(lead_id).owner, held_by("lisi")) == ("ASSIGNED", "lisi", 1)


def test_led_10_an_invalid_one_is_closed_and_its_person_may_come_again(cleaned_first, play, queues):
    lead_id = put(told("crawler")).json["results"][0]["lead_id"]

    for _ in range(2):
        assert statuses(put({"lead_id": lead_id, "result": "invalid", "note": "空号"})) == ["cleaned"]
    play()

    assert (lead(lead_id).status, lead(lead_id).reason) == ("INVALID", "外呼结果 空号")
    assert notices(queues) == []
    second = put(told()).json["results"][0]["lead_id"]
    assert lead(second).previous_lead_id == lead_id


def test_led_10_results_of_nobody_or_of_somebodys_lead_are_told_apart(cleaned_first, play):
    put(told())
    play()

    answer = put(
        {"phone": "13900139000", "result": "valid"},
        {"phone": PHONE, "result": "invalid"},
        {"phone": PHONE, "lead_id": "ld_1", "result": "valid"},
        {"phone": "x", "result": "valid"},
    )

    assert statuses(answer) == ["not_found", "wrong_status", "invalid", "invalid"]
    assert leads()[0].owner == "lisi"


@pytest.mark.parametrize(
    ("result", "status", "owner"), [("valid", "ASSIGNED", "lisi"), ("invalid", "INVALID", "")]
)
def test_led_10_an_administrator_cleans_by_hand(cleaned_first, play, corp, result, status, owner):
    lead_id = put(told("crawler")).json["results"][0]["lead_id"]
    play()
    path, body = f"/workbench/leads/{lead_id}:clean", {"result": result, "reason": "已电话核实"}

    assert logged_in(corp, "lisi").send("POST", path, body).status == 403
    unsaid = logged_in(corp, "admin").send("POST", path, {"result": "invalid"})
    assert (unsaid.status, unsaid.json["errors"][0]["field"]) == (422, "reason")
    for _ in range(2):
        assert logged_in(corp, "admin").send("POST", path, body).status == 200
    play()

    assert (lead(lead_id).status, lead(lead_id).owner) == (status, owner)
    late = logged_in(corp, "admin").send("POST", path, {"result": "invalid", "reason": "空号"})
    assert late.status == (409 if owner else 200)


def test_led_10_the_white_list_needs_no_cleaning(cleaned_first, ask, play):
    body = {"kind": "phone", "value": PHONE, "colour": "white", "reason": "老客户"}
    ask("POST", "/admin/lead-lists", body)

    put(told("crawler"))
    play()

    assert leads()[0].owner == "lisi"


def test_the_same_request_twice_and_a_lead_told_again_after_it_is_closed_change_nothing(feed, play):
    in_force("lisi")
    lead_id = put(told(source_id="w1")).json["results"][0]["lead_id"]
    play()
    closed(lead_id, "LOST")
    before = leads()

    assert statuses(put(told(source_id="w1"))) == ["duplicate"]
    assert leads() == before


def test_killed_at_any_step_and_sent_again_there_is_one_lead(feed, play, monkeypatch):
    in_force("lisi")
    steps, number = Steps(), 0
    put(told(phone="13900139000"))
    while True:
        number += 1
        steps.restart(number)
        try:
            with steps.watched(monkeypatch, feed):
                answer = put(told(source_id="w1"), told("partner", source_id="p1"))
        except Killed:
            continue
        break
    play()

    assert number > 10
    assert statuses(answer) == ["duplicate", "duplicate"]
    assert [each.owner for each in leads()] == ["lisi", "lisi"]
    assert len(told_of(answer.json["results"][0]["lead_id"])) == 1
