"""What happens to leads by themselves, seen over HTTP: recycling, reminders, replies, to-dos, conversions."""

from datetime import timedelta
from typing import Any

import pytest

from tests.component.conftest import app_of
from tests.component.http_world import befriended, change_member
from tests.component.leads.leads_world import Leads

TALKED = {"method": "call", "content": "已电话沟通"}


def story(leads: Leads, lead_id: str = "L") -> tuple[str, Any, str]:
    """Return status, owner and latest reason of a lead, as an administrator sees them."""
    shown = leads.done("admin", "GET", f"/leads/{lead_id}")
    owner = shown["owner"]["userid"] if shown["owner"] else None
    return shown["lead"]["status"], owner, shown["timeline"][0]["facts"]["reason"]


# ------------------------------------------------------------------ LED-22: recycling


def test_led_22_r1_no_first_follow_up_within_the_sla(leads: Leads, lambda_context: Any) -> None:
    leads.rules(first_sla=timedelta(hours=2))
    leads.clock("2026-03-06", "17:00")
    leads.lead("L", "lisi")
    leads.lead("M", "lisi")
    leads.clock("2026-03-09", "09:59")
    leads.done("lisi", "POST", "/leads/M/follow-ups", TALKED)

    leads.tick(lambda_context)
    assert leads["L"].owner == "lisi"
    leads.clock("2026-03-09", "10:01")
    leads.tick(lambda_context)
    leads.react(lambda_context)

    shown = leads.done("admin", "GET", "/leads/L")
    assert (shown["owner"]["userid"], shown["lead"]["recycle_count"]) == ("wangwu", 1)
    assert ("recycle", "R1") in [
        (each["facts"].get("trigger"), each["facts"].get("reason")) for each in shown["timeline"]
    ]
    assert leads["M"].owner == "lisi"


@pytest.mark.parametrize(
    ("terms", "reason", "last", "first"),
    [
        ({"default_days": 3, "max_days": None, "idle_days": 5}, "R2", "03-07", "03-08"),
        ({"default_days": 3, "max_days": None, "stall_days": 4}, "R3", "03-06", "03-07"),
        ({"default_days": 3, "max_days": 6}, "R4", "03-07", "03-09"),
    ],
)
def test_led_22_r2_to_r4_at_their_limit(
    leads: Leads, lambda_context: Any, terms: Any, reason: str, last: str, first: str
) -> None:
    leads.rules(**terms)
    leads.lead("L", "lisi")
    leads.lead("K", "lisi")
    leads.done("zhangsan", "POST", "/leads/K:lock", {"reason": "重点客户"})
    leads.clock("2026-03-03", "10:15")
    leads.done("lisi", "POST", "/leads/L/follow-ups", TALKED)

    leads.clock(f"2026-{last}", "10:14")
    leads.tick(lambda_context)
    assert leads["L"].owner == "lisi"
    leads.clock(f"2026-{first}", "10:15")
    leads.tick(lambda_context)
    leads.react(lambda_context)

    assert story(leads) == ("POOLED", None, reason)
    leads.clock("2026-12-31")
    leads.tick(lambda_context)
    assert (leads["K"].owner, leads["K"].locked) == ("lisi", True)


@pytest.mark.parametrize("status", ["disabled", "left"])
def test_led_22_r5_an_owner_who_is_gone_at_once(leads: Leads, lambda_context: Any, status: str) -> None:
    from scrm.leads.loads_dynamodb import load_of

    leads.lead("L", "lisi")
    leads.lead("S", "lisi", status="SIGNED")
    leads.lead("K", "lisi", locked=True)
    leads.lead("W", "wangwu")
    leads.react(lambda_context)

    change_member("lisi", status=status)
    leads.react(lambda_context)
    leads.react(lambda_context)

    assert story(leads) == ("POOLED", None, "R5")
    assert [leads[each].owner for each in "SKW"] == ["lisi", "lisi", "wangwu"]
    assert (load_of("lisi").open, load_of("wangwu").open) == (2, 1)


def test_r5_a_lead_that_came_to_who_was_gone_goes_back_when_the_clock_looks(
    leads: Leads, lambda_context: Any
) -> None:
    leads.rules(remind_days=10)
    change_member("lisi", status="left")
    leads.react(lambda_context)
    leads.lead("L", "lisi")

    leads.tick(lambda_context)

    assert (leads["L"].status, leads["L"].reason) == ("POOLED", "R5")


def test_r6_a_lead_whose_contact_has_no_friend_left(leads: Leads, lambda_context: Any) -> None:
    from scrm import clock
    from scrm.customers.dynamodb import Customers
    from scrm.customers.relation import Fact

    there = befriended(leads.corp, "lisi")
    befriended(leads.corp, "wangwu", external_userid=there)
    leads.lead("L", "lisi", keys=(("external_userid", there),))
    leads.react(lambda_context)

    def ends(userid: str) -> None:
        rows, now = Customers(), clock.now()
        relation = rows.relation(there, userid, consistent=True)
        assert relation is not None
        ended = Fact("deleted_by_customer", int(now.timestamp()), f"del-{userid}")
        from dataclasses import replace

        rows.save_relation(replace(relation, facts=(*relation.facts, ended)), now)
        leads.react(lambda_context)

    leads.clock("2026-03-03")
    ends("wangwu")
    assert leads["L"].owner == "lisi"
    ends("lisi")
    leads.react(lambda_context)
    assert story(leads) == ("POOLED", None, "R6")


# ------------------------------------------------------------------ LED-24: reminder


def test_led_24_one_reminder_a_day_before_protection_ends(leads: Leads, lambda_context: Any) -> None:
    leads.lead("L", "lisi", name="陈一", reason="rule")
    leads.react(lambda_context)

    leads.clock("2026-03-11", "10:15")
    leads.tick(lambda_context)
    leads.tick(lambda_context)

    told = leads.react(lambda_context)
    assert [(each["kind"], each["userid"]) for each in told] == [("recycle_soon", "lisi")]
    assert (told[0]["facts"]["recycle_at"], told[0]["at"]) == ("03-12 10:15", "2026-03-11T02:15:00+00:00")
    latest = leads.done("lisi", "GET", "/leads/L")["timeline"][0]
    assert (latest["title"], latest["at"]) == ("提醒李四保护期即将结束", "2026-03-11T10:15:00+08:00")
    leads.clock("2026-03-11", "11:00")
    leads.done("lisi", "POST", "/leads/L/follow-ups", TALKED)
    leads.tick(lambda_context)
    assert [each["kind"] for each in leads.react(lambda_context)] == []
    leads.clock("2026-03-13", "11:00")
    leads.tick(lambda_context)
    assert [each["kind"] for each in leads.react(lambda_context)] == ["recycle_soon"]


# ------------------------------------------------------------------ 4.4: what extends protection


def traced(customer_id: str, kind: Any, entry_id: str, **facts: Any) -> None:
    """Put an entry into a customer's trace at the clock's time."""
    from scrm import clock
    from scrm.timeline.dynamodb import Timeline
    from scrm.timeline.model import Entry

    Timeline().append(customer_id, Entry(entry_id, kind, clock.now(), None, None, facts))


def test_a_reply_and_a_visit_extend_protection_and_our_own_words_do_not(
    leads: Leads, lambda_context: Any
) -> None:
    from scrm.customers.dynamodb import Customers

    there = befriended(leads.corp, "lisi")
    contact = Customers().contact(there)
    assert contact is not None
    leads.lead("L", "lisi", keys=(("external_userid", there),))
    leads.react(lambda_context)
    end = leads["L"].protect_until

    leads.clock("2026-03-10", "10:00")
    traced(contact.customer_id, "message", "m1", direction="outbound")
    leads.react(lambda_context)
    assert leads["L"].protect_until == end
    traced(contact.customer_id, "message", "m2", direction="inbound")
    leads.react(lambda_context)
    assert leads["L"].protect_until == leads.clock("2026-03-13", "10:00")
    leads.clock("2026-03-11", "10:00")
    traced(contact.customer_id, "visit", "v1", page="/price")
    leads.react(lambda_context)
    leads.react(lambda_context)
    assert leads["L"].protect_until == leads.clock("2026-03-14", "10:00")
    assert leads["L"].followed_at is None


# ------------------------------------------------------------------ to-dos, the day


def test_led_17_a_planned_follow_up_is_a_to_do_that_the_follow_up_ends(
    leads: Leads, lambda_context: Any
) -> None:
    leads.lead("L", "lisi")
    plan = {**TALKED, "next_at": "2026-03-02T15:00:00+08:00"}
    leads.done("lisi", "POST", "/leads/L/follow-ups", plan)
    leads.react(lambda_context)

    (opened,) = leads.done("lisi", "GET", "/tasks")["items"]
    assert (opened["due"], opened["payload"]["lead_id"]) == ("2026-03-02T15:00:00+08:00", "L")
    leads.clock("2026-03-02", "15:30")
    leads.done("lisi", "POST", "/leads/L/follow-ups", {**TALKED, "next_at": "2026-03-03T15:00:00+08:00"})
    leads.react(lambda_context)

    (ended,) = leads.done("lisi", "GET", "/tasks?status=done")["items"]
    assert (ended["task_id"], ended["closed_by"]) == (opened["task_id"], "lisi")
    leads.done("zhangsan", "POST", "/leads/L:transfer", {"to": "wangwu", "reason": "调整"})
    leads.react(lambda_context)
    assert leads.done("lisi", "GET", "/tasks")["items"] == []
    assert [each["due"] for each in leads.done("wangwu", "GET", "/tasks")["items"]] == [
        "2026-03-03T15:00:00+08:00"
    ]


def test_led_25_today_counts_what_is_due_and_what_is_done(leads: Leads, lambda_context: Any) -> None:
    leads.rules(first_sla=timedelta(hours=2))
    leads.lead("A", "lisi")
    leads.lead("B", "lisi")
    leads.lead("C", "lisi")
    leads.done("lisi", "POST", "/leads/B/follow-ups", {**TALKED, "next_at": "2026-03-02T11:00:00+08:00"})
    leads.done("lisi", "POST", "/leads/C/follow-ups", {**TALKED, "next_at": "2026-03-05T11:00:00+08:00"})
    leads.react(lambda_context)
    leads.clock("2026-03-02", "11:30")

    day = leads.done("lisi", "GET", "/today")
    assert {name: day[name] for name in day if name.startswith("leads_")} == {
        "leads_open": 3,
        "leads_new": 3,
        "leads_unfollowed": 1,
        "leads_due": 2,
        "leads_overdue": 1,
        "leads_followed": 2,
    }
    assert (day["tasks_due"], day["tasks_overdue"], day["tasks_done"]) == (1, 1, 0)
    leads.done("lisi", "POST", "/leads/B/follow-ups", TALKED)
    leads.react(lambda_context)
    day = leads.done("lisi", "GET", "/today")
    assert (day["tasks_due"], day["tasks_done"], day["leads_due"], day["leads_overdue"]) == (0, 1, 1, 0)
    team = leads.done("zhangsan", "GET", "/leads/progress?scope=team")["items"]
    assert {each["userid"]: each["open"] for each in team if each["open"]} == {"lisi": 3}
    assert leads.refused("lisi", "GET", "/leads/progress?scope=team") == (403, "scope_not_allowed")


# ------------------------------------------------------------------ LED-27: conversion


def test_led_27_converting_twice_makes_one_customer_who_has_the_leads_history(
    leads: Leads, lambda_context: Any
) -> None:
    leads.lead("L", "lisi", name="陈一", company="华信科技", keys=(("phone", "13800138000"),))
    leads.done("lisi", "POST", "/leads/L/follow-ups", TALKED)
    leads.react(lambda_context)

    first = leads.done("lisi", "POST", "/leads/L:convert")
    again = leads.done("lisi", "POST", "/leads/L:convert")

    assert first["customer_id"] == again["customer_id"]
    assert (first["created"], again["created"]) == (True, False)
    assert len(leads.tables.rows("CUSTOMER#", "CUSTOMER")) == 1
    leads.react(lambda_context)
    leads.done("zhangsan", "POST", "/leads/L:release", {"reason": "收回"})
    leads.react(lambda_context)
    leads.react(lambda_context)
    trace = leads.tables.rows(f"TIMELINE#{first['customer_id']}")
    assert [each["kind"] for each in trace].count("lead") == 5
    shown = leads.done("admin", "GET", "/leads/L")
    assert shown["account"]["noted"]["name"] == "华信科技"
    from tests.component.http_world import logged_in

    page = logged_in(leads.corp, "admin").send("GET", f"/admin/customers/{first['customer_id']}")
    assert page.status == 200, page.text
    assert "13800138000" not in page.text


def test_led_27_a_lead_of_somebody_known_becomes_theirs(leads: Leads, lambda_context: Any) -> None:
    from scrm.customers.dynamodb import Customers

    there = befriended(leads.corp, "lisi")
    contact = Customers().contact(there)
    assert contact is not None
    leads.lead("L", "lisi", keys=(("external_userid", there), ("phone", "13800138000")))

    told = leads.done("lisi", "POST", "/leads/L:convert")

    assert (told["customer_id"], told["created"]) == (contact.customer_id, False)


def test_led_27_keys_of_two_customers_are_a_conflict_that_a_person_decides(leads: Leads) -> None:
    from scrm import clock
    from scrm.customers.dynamodb import Customers
    from scrm.customers.model import Customer
    from scrm.identities.dynamodb import Identities

    for customer_id, kind, value in (("cu_1", "phone", "13800138000"), ("cu_2", "crmid", "C-1")):
        Identities().bind(kind, value, customer_id, clock.now())  # type: ignore[arg-type]  # kinds of identity
        Customers().save_customer(Customer(customer_id), clock.now())
    leads.lead("L", "lisi", keys=(("phone", "13800138000"), ("crmid", "C-1")))

    answered = leads.send("lisi", "POST", "/leads/L:convert")

    assert (answered.status, answered.code) == (409, "identity_conflict")
    assert leads["L"].customer_id == ""


# ------------------------------------------------------------------ NTF-08: escalation


@pytest.mark.parametrize(("acknowledged", "told"), [(False, ["zhangsan"]), (True, [])])
def test_ntf_08_a_new_lead_that_nobody_acknowledges_is_told_to_the_manager(
    leads: Leads, lambda_context: Any, sqs_event: Any, acknowledged: bool, told: list[str]
) -> None:
    from scrm import clock
    from scrm.notices.model import from_plain, notice_message
    from scrm.settings.dynamodb import SettingsRow
    from tests.component.http_world import calls_of

    chosen = {"escalate_after_minutes": 120}
    SettingsRow("SETTINGS", "SETTINGS", version=1, chosen=chosen, updated_at="x").save()
    change_member("lisi", direct_leaders=("zhangsan",))
    leads.lead("L")
    leads.done("zhangsan", "POST", "/leads/L:transfer", {"to": "lisi", "reason": "熟悉该行业"})

    def deliver(*messages: Any) -> None:
        app_of("send_notices").handler(sqs_event(*messages, queue="Notifications"), lambda_context)

    (new_lead,) = leads.react(lambda_context)
    deliver(notice_message(from_plain(new_lead)))
    deliver(*(notice_message(from_plain(each)) for each in leads.react(lambda_context)))
    if acknowledged:
        leads.done("lisi", "POST", f"/notices/{new_lead['id']}:acknowledge")
    for time in ("12:14", "12:15", "15:00"):
        leads.clock("2026-03-02", time)
        app_of("release_notices").handler({"time": clock.now().isoformat()}, lambda_context)
        if due := leads.queues.messages("Notifications"):
            assert time == "12:15"
            deliver(*due)

    sent = calls_of(leads.corp, "/cgi-bin/message/send")
    assert [each["touser"] for each in sent] == ["lisi", *told]
