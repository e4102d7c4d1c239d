"""A member's day: to-dos, notices, customers; their own, and those their data scope reaches."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.component.conftest import START
from tests.component.http_world import befriended, logged_in

BEGAN = datetime.fromisoformat(START)


def to_do(owner: str, minutes: int, **more: Any) -> str:
    """Open a to-do that is due so many minutes after the tests' start; return its id."""
    from scrm import clock
    from scrm.tasks.dynamodb import DynamoTasks
    from scrm.tasks.model import task

    due = BEGAN + timedelta(minutes=minutes)
    opened = task("follow", owner, due, f"{owner}-{minutes}", created_at=clock.now(), **more)
    DynamoTasks().open(opened)
    return opened.id


def told(userid: str, minutes: int) -> str:
    """Put a notice that was sent so many minutes after the tests' start; return its id."""
    from scrm.notices.dynamodb import DynamoNotices
    from scrm.notices.model import notice
    from scrm.notices.sending import Delivery

    at = BEGAN + timedelta(minutes=minutes)
    one = notice("new_customer", userid, at, f"{userid}-{minutes}", subject={"external_userid": "wm1"})
    DynamoNotices().put(Delivery(one, "sent", at, at, "msg"))
    return one.id


# ------------------------------------------------------------------ to-dos


def test_a_to_do_opens_for_its_owner_and_for_nobody_else(corp):
    task_id = to_do("lisi", 60, external_userid="wm1", payload={"reason": "new_customer"})

    mine = logged_in(corp, "lisi").send("GET", f"/workbench/tasks/{task_id}")
    peers = logged_in(corp, "wangwu").send("GET", f"/workbench/tasks/{task_id}")

    assert mine.status == 200
    assert mine.json == {
        "task_id": task_id,
        "kind": "follow",
        "owner": "lisi",
        "due": (BEGAN + timedelta(hours=1)).isoformat(),
        "status": "open",
        "overdue": False,
        "external_userid": "wm1",
        "customer_id": None,
        "payload": {"reason": "new_customer"},
        "created_at": START,
        "closed_at": None,
        "closed_by": None,
        "note": None,
        "result": None,
        "sent_at": None,
        "send_id": None,
        "version": 1,
        "sop": None,
    }
    assert (peers.status, peers.code) == (403, "not_your_task")
    assert "new_customer" not in peers.text


@pytest.mark.parametrize(("userid", "status"), [("zhangsan", 200), ("admin", 200), ("LiuYang", 403)])
def test_a_lead_may_look_at_the_teams_to_dos_and_not_close_them(corp, userid, status):
    task_id = to_do("lisi", 60)
    browser = logged_in(corp, userid)

    assert browser.send("GET", f"/workbench/tasks/{task_id}").status == status
    assert browser.send("POST", f"/workbench/tasks/{task_id}:complete", {}).code == "not_your_task"


@pytest.mark.parametrize(
    "task_id", ["nothing", "20260302T021500Z-abc-lisi", "a-b-wangwu", "--", "%00", "x" * 300]
)
def test_a_to_do_that_is_not_there_is_not_found(corp, task_id):
    assert logged_in(corp, "lisi").send("GET", f"/workbench/tasks/{task_id}").status in {403, 404}
    assert logged_in(corp, "admin").send("GET", f"/workbench/tasks/{task_id}").status == 404


def test_a_to_do_is_completed_once(corp):
    task_id = to_do("lisi", 60)
    browser = logged_in(corp, "lisi")

    first = browser.send("POST", f"/workbench/tasks/{task_id}:complete", {"version": 1, "note": "已联系"})
    again = browser.send("POST", f"/workbench/tasks/{task_id}:complete", {"version": 1})

    assert (first.status, first.json["status"], first.json["note"]) == (200, "done", "已联系")
    assert first.json["closed_at"] == START
    assert again.json == first.json


def test_a_to_do_that_was_closed_otherwise_or_changed_is_a_conflict(corp):
    from scrm import clock
    from scrm.tasks.dynamodb import DynamoTasks

    cancelled, changed = to_do("lisi", 60), to_do("lisi", 61)
    DynamoTasks().close(cancelled, 1, "cancelled", by="system", at=clock.now())
    browser = logged_in(corp, "lisi")

    assert browser.send("POST", f"/workbench/tasks/{cancelled}:complete", {}).code == "task_closed"
    stale = browser.send("POST", f"/workbench/tasks/{changed}:complete", {"version": 7})
    assert (stale.status, stale.code) == (409, "version_conflict")


@pytest.mark.parametrize(
    ("query", "minutes"),
    [
        ("", [-60, 60, 24 * 60, 8 * 24 * 60]),
        ("?due=overdue", [-60]),
        ("?due=today", [-60, 60]),
        ("?due=week", [-60, 60, 24 * 60]),
        ("?status=done", [30]),
        ("?status=all&due=today", [-60, 30, 60]),
    ],
)
def test_to_dos_are_listed_by_due_time(corp, query, minutes):
    from scrm import clock
    from scrm.tasks.dynamodb import DynamoTasks

    for each in (60, -60, 24 * 60, 8 * 24 * 60):
        to_do("lisi", each)
    DynamoTasks().close(to_do("lisi", 30), 1, "done", by="lisi", at=clock.now())
    to_do("wangwu", 10)

    listed = logged_in(corp, "lisi").send("GET", f"/workbench/tasks{query}").json

    assert [each["due"] for each in listed["items"]] == [
        (BEGAN + timedelta(minutes=each)).isoformat() for each in minutes
    ]


def test_pages_of_to_dos_hold_each_once(corp):
    for each in range(5):
        to_do("lisi", each)
    browser, cursor, seen = logged_in(corp, "lisi"), "", []
    while True:
        page = browser.send("GET", f"/workbench/tasks?limit=2{cursor}").json
        seen += [each["task_id"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert len(seen) == len(set(seen)) == 5


def test_a_cursor_of_another_member_is_refused(corp):
    for each in range(3):
        to_do("lisi", each)
    cursor = logged_in(corp, "lisi").send("GET", "/workbench/tasks?limit=1").json["next_cursor"]

    assert logged_in(corp, "wangwu").send("GET", f"/workbench/tasks?cursor={cursor}").status == 422


# ------------------------------------------------------------------ notices


def test_notices_are_listed_newest_first_and_acknowledged_once(corp, at):
    old, new = told("lisi", 1), told("lisi", 2)
    told("wangwu", 3)
    browser = logged_in(corp, "lisi")

    listed = browser.send("GET", "/workbench/notices").json["items"]
    first = browser.send("POST", f"/workbench/notices/{old}:acknowledge")
    at((BEGAN + timedelta(minutes=5)).isoformat())
    again = browser.send("POST", f"/workbench/notices/{old}:acknowledge")

    assert [each["notice_id"] for each in listed] == [new, old]
    assert listed[0]["title"] == "新客户添加了你"
    assert listed[0]["subject"] == {"external_userid": "wm1"}
    assert first.json["acknowledged_at"] == again.json["acknowledged_at"] == START
    after = browser.send("GET", "/workbench/notices").json["items"]
    assert [each["acknowledged_at"] for each in after] == [None, START]


def test_pages_of_notices_hold_each_once(corp):
    ids = [told("lisi", each) for each in range(5)]
    browser = logged_in(corp, "lisi")

    first = browser.send("GET", "/workbench/notices?limit=3").json
    second = browser.send("GET", f"/workbench/notices?limit=3&cursor={first['next_cursor']}").json

    assert [each["notice_id"] for page in (first, second) for each in page["items"]] == ids[::-1]
    assert second["next_cursor"] is None


def test_another_members_notice_cannot_be_acknowledged(corp, tables):
    theirs = told("wangwu", 1)

    answered = logged_in(corp, "lisi").send("POST", f"/workbench/notices/{theirs}:acknowledge")

    assert answered.status == 404
    assert not tables.rows("MEMBER#lisi")
    assert "acknowledged_at" not in tables.rows("MEMBER#wangwu")[0]


# ------------------------------------------------------------------ today


def test_today_counts_what_the_day_holds(corp):
    for minutes in (-24 * 60, 60, 24 * 60):
        to_do("lisi", minutes)
    old, _ = told("lisi", -5), told("lisi", -4)
    befriended(corp, "lisi")
    browser = logged_in(corp, "lisi")
    browser.send("POST", f"/workbench/notices/{old}:acknowledge")

    day = browser.send("GET", "/workbench/today").json

    assert len(day.pop("next_tasks")) == 2
    day = {name: each for name, each in day.items() if not name.startswith("leads_")}
    assert day == {
        "date": "2026-03-02",
        "tasks_due": 2,
        "tasks_overdue": 1,
        "tasks_done": 0,
        "sop_tasks_due": 0,
        "sop_tasks_overdue": 0,
        "calls_due": 0,
        "new_customers": 1,
        "unread_notices": 1,
    }


# ------------------------------------------------------------------ customers


def ids(answered: Any) -> list[str]:
    return [each["external_userid"] for each in answered.json["items"]]


def test_a_member_lists_their_own_customers_page_by_page(corp, at):
    mine = []
    for minutes, name in enumerate(("一", "二", "三")):
        at((BEGAN + timedelta(minutes=minutes)).isoformat())
        mine.append(befriended(corp, "lisi", name, remark=f"备注{name}"))
    foreign = [befriended(corp, "wangwu", "别人"), befriended(corp, "ChenMei", external_userid=mine[0])]
    browser = logged_in(corp, "lisi")

    first = browser.send("GET", "/workbench/customers?limit=2")
    second = browser.send("GET", f"/workbench/customers?limit=2&cursor={first.json['next_cursor']}")

    assert (ids(first), ids(second)) == (mine[:0:-1], mine[:1])
    assert second.json["next_cursor"] is None
    assert foreign[0] not in first.text + second.text
    assert (
        first.json["items"][0].items()
        >= {
            "external_userid": mine[2],
            "name": "三",
            "remark": "备注三",
            "status": "active",
            "added_at": (BEGAN + timedelta(minutes=2)).isoformat(),
        }.items()
    )


def test_customers_can_be_kept_to_one_status(corp):
    from scrm.customers.relation import Fact

    at = int(BEGAN.timestamp())
    kept = befriended(corp, "lisi")
    lost = befriended(corp, "lisi", facts=(Fact("add", at, "e1"), Fact("deleted_by_customer", at + 1, "e2")))
    browser = logged_in(corp, "lisi")

    assert ids(browser.send("GET", "/workbench/customers?status=active")) == [kept]
    assert ids(browser.send("GET", "/workbench/customers?status=deleted_by_customer")) == [lost]
    assert browser.send("GET", "/workbench/customers?status=gone").status == 422


@pytest.mark.parametrize(
    ("userid", "status"),
    [("lisi", 200), ("wangwu", 403), ("zhangsan", 200), ("LiuYang", 403), ("admin", 200)],
)
def test_a_colleagues_customers_are_listed_within_the_data_scope(corp, userid, status):
    there = befriended(corp, "lisi")

    answered = logged_in(corp, userid).send("GET", "/workbench/customers?owner=lisi")

    assert answered.status == status
    assert (there in answered.text) == (status == 200)


def test_an_unknown_colleague_is_refused_like_any_other(corp):
    browser = logged_in(corp, "lisi")

    peers, unknown = (
        browser.send("GET", f"/workbench/customers?owner={who}") for who in ("wangwu", "nobody")
    )

    assert (peers.status, peers.text) == (unknown.status, unknown.text)
