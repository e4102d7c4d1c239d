"""Visits: planned, reminded of, checked in at a place (LED-30)."""

import json
from typing import Any

import pytest

from tests.component.http_world import befriended
from tests.component.leads.conftest import corp, leads, wecom
from tests.component.leads.leads_world import Leads

__all__ = ["corp", "leads", "wecom"]

PLANNED = {
    "lead_id": "L",
    "at": "2026-03-05T10:00:00+08:00",
    "place": "上海市长宁区 1 号",
    "purpose": "季度维护",
}
THERE = {"place": "1 号楼大堂", "content": "见到了采购", "latitude": 31.2, "longitude": 121.4}


def to_dos(leads: Leads, status: str = "open") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = leads.done("lisi", "GET", f"/tasks?status={status}")["items"]
    return [each for each in found if each["kind"] == "visit"]


def test_led_30_a_visit_makes_a_reminder_and_its_check_in_is_stored_with_the_place(
    leads: Leads, lambda_context: Any
) -> None:
    leads.lead("L", "lisi")
    leads.react(lambda_context)
    made = leads.done("lisi", "POST", "/visits", PLANNED)
    # The visit makes the to-do, the to-do its reminder: an hour before.
    assert leads.react(lambda_context) == []
    (reminder,) = leads.react(lambda_context)
    assert (reminder["kind"], reminder["userid"]) == ("due_task", "lisi")
    assert reminder["not_before"] == "2026-03-05T01:00:00+00:00"
    (to_do,) = to_dos(leads)
    assert (to_do["due"], to_do["payload"]["visit_id"]) == (PLANNED["at"], made["visit_id"])

    leads.clock("2026-03-05", "10:05")
    refused = leads.refused("lisi", "POST", f"/tasks/{to_do['task_id']}:done", {})
    assert refused == (409, "check_in_missing")
    path = f"/visits/{made['visit_id']}"
    for _ in range(2):
        told = leads.done("lisi", "POST", f"{path}:check-in", THERE)
    assert (told["status"], told["check_in"]["place"]) == ("done", "1 号楼大堂")
    shown = leads.done("zhangsan", "GET", path)
    assert shown["check_in"] == {**THERE, "at": "2026-03-05T10:05:00+08:00"}
    assert [each["visit_id"] for each in leads.done("lisi", "GET", "/visits?status=done")["items"]] == [
        made["visit_id"]
    ]
    assert leads.done("lisi", "GET", "/visits?status=planned")["items"] == []

    leads.react(lambda_context)
    (record,) = leads.done("lisi", "GET", "/leads/L/follow-ups")["items"]
    assert (record["method"], record["follow_id"]) == ("visit", shown["follow_id"])
    assert "1 号楼大堂" in record["content"]
    page = leads.done("lisi", "GET", "/leads/L")
    assert (page["lead"]["status"], "visit" in page["evidence"]) == ("FOLLOWING", True)
    assert (to_dos(leads), [each["status"] for each in to_dos(leads, "all")]) == ([], ["done"])


def test_led_30_the_next_maintenance_visit_is_planned_with_the_check_in_and_a_cancelled_one_has_none(
    leads: Leads, lambda_context: Any
) -> None:
    there = befriended(leads.corp, "lisi", "客户")
    asked = {**PLANNED, "external_userid": there, "every_days": 7, "remind_minutes": 0}
    asked.pop("lead_id")
    made = leads.done("lisi", "POST", "/visits", asked)
    leads.react(lambda_context)
    leads.clock("2026-03-13", "09:00")
    told = leads.done("lisi", "POST", f"/visits/{made['visit_id']}:check-in", {**THERE, "version": 1})
    following = leads.done("lisi", "GET", f"/visits/{told['next_id']}")
    assert (following["at"], following["status"]) == ("2026-03-19T10:00:00+08:00", "planned")
    leads.react(lambda_context)
    assert [each["payload"]["visit_id"] for each in to_dos(leads)] == [told["next_id"]]
    rows = leads.tables.rows(f"TIMELINE#{told['customer_id']}")
    (entry,) = [each for each in rows if each.get("kind") == "follow_up"]
    assert json.loads(entry["facts"])["place"] == "1 号楼大堂"

    for _ in range(2):
        gone = leads.done("lisi", "POST", f"/visits/{told['next_id']}:cancel", {"reason": "客户出差"})
    assert (gone["status"], gone["next_id"]) == ("cancelled", "")
    leads.react(lambda_context)
    assert to_dos(leads) == []
    closed = leads.send("lisi", "POST", f"/visits/{told['next_id']}:check-in", THERE)
    assert (closed.status, closed.code) == (409, "visit_closed")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"lead_id": None}, "lead_id"),
        ({"external_userid": "wm1"}, "lead_id"),
        ({"at": "2026-03-02T10:00:00+08:00"}, "at"),
        ({"place": ""}, "place"),
        ({"every_days": -1}, "every_days"),
    ],
)
def test_led_30_what_is_wrong_with_a_visit_is_named(leads: Leads, body: Any, field: str) -> None:
    leads.lead("L", "lisi")
    answered = leads.send("lisi", "POST", "/visits", {**PLANNED, **body})
    assert (answered.status, answered.json["errors"][0]["field"]) == (422, field)


def test_led_30_only_who_looks_after_somebody_plans_and_a_lead_that_has_gone_on_is_not_followed_up(
    leads: Leads,
) -> None:
    leads.lead("L", "lisi")
    there = befriended(leads.corp, "lisi", "客户")
    asked: dict[str, Any] = {**PLANNED, "external_userid": there}
    asked.pop("lead_id")
    assert leads.refused("wangwu", "POST", "/visits", PLANNED)[0] == 403
    assert leads.refused("wangwu", "POST", "/visits", asked)[0] == 403
    assert leads.refused("zhangsan", "POST", "/visits", asked) == (403, "not_your_customer")
    made = leads.done("lisi", "POST", "/visits", PLANNED)
    path = f"/visits/{made['visit_id']}"
    assert leads.refused("wangwu", "POST", f"{path}:check-in", THERE) == (403, "not_your_visit")
    assert leads.refused("wangwu", "GET", "/visits?userid=lisi") == (403, "not_your_visit")
    half = leads.send("lisi", "POST", f"{path}:check-in", {**THERE, "longitude": None})
    assert half.json["errors"][0]["field"] == "longitude"
    assert leads.refused("lisi", "POST", f"{path}:check-in", {**THERE, "version": 9}) == (
        409,
        "version_conflict",
    )

    leads.done("zhangsan", "POST", "/leads/L:transfer", {"to": "wangwu", "reason": "调整"})
    planned = leads.send(
        "lisi", "POST", f"{path}:check-in", {**THERE, "next_at": "2026-03-09T10:00:00+08:00"}
    )
    assert planned.json["errors"][0]["field"] == "next_at"
    told = leads.done("lisi", "POST", f"{path}:check-in", THERE)
    assert (told["status"], told["follow_id"]) == ("done", "")
    assert leads["L"].followed_at is None


def test_led_30_planned_once_by_the_same_key(leads: Leads) -> None:
    leads.lead("L", "lisi")
    key = {"idempotency-key": "visit-1"}
    first = leads.send("lisi", "POST", "/visits", PLANNED, key)
    leads.clear("NOTHING")
    again = leads.send("lisi", "POST", "/visits", PLANNED, key)
    assert first.status == again.status == 201
    assert first.json["visit_id"] == again.json["visit_id"]
    assert len(leads.done("lisi", "GET", "/visits")["items"]) == 1
