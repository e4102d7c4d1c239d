"""Staff are asked to send an item, nothing goes out by itself: OAE-10."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.component.http_world import Answered, Browser, befriended, logged_in


@pytest.fixture
def item(corp: Any, queues: Any, ask: Any) -> str:
    """A published product; its id."""
    made = ask("POST", "/admin/products", {"type": "nonstandard", "name": "春季班"})
    assert made.status == 201, made.text
    return str(made.json["item_id"])


def long_ago(corp: Any, userid: str = "lisi", name: str = "小雨") -> str:
    """Return a friend of the member who has done nothing for weeks."""
    from scrm import clock
    from scrm.customers.relation import Fact

    at = int((clock.now() - timedelta(days=30)).timestamp())
    return befriended(corp, userid, name, facts=(Fact("add", at, f"add-{name}"),))


def pushed(browser: Browser, item: str, *customers: str, **more: Any) -> Answered:
    body = {"item": {"kind": "product", "id": item}, **more}
    return browser.send(
        "POST", "/workbench/pushes", {**body, **({"customers": customers} if customers else {})}
    )


def tasks(tables: Any) -> list[tuple[str, str]]:
    """Return (owner, contact) of each to-do to send something."""
    rows = tables.rows("MEMBER#", "TASK#")
    return sorted((row["owner"], row["external_userid"]) for row in rows if row["kind"] == "send")


def test_oae_10_without_a_recent_event_of_the_customer_there_is_no_push(
    corp: Any, tables: Any, item: str, run_jobs: Callable[[], None]
) -> None:
    refused = pushed(logged_in(corp, "lisi"), item, long_ago(corp))
    assert (refused.status, refused.code) == (409, "no_recent_event")
    run_jobs()
    assert tasks(tables) == []
    assert tables.rows("PUSH#") == []


def test_oae_10_after_an_event_the_staff_has_something_to_do_once(
    corp: Any, tables: Any, item: str, run_jobs: Callable[[], None], ask: Any
) -> None:
    there = long_ago(corp)
    came(there)
    me = logged_in(corp, "lisi")
    made = pushed(me, item, there, note="他问过价格")
    assert (made.status, made.json["status"], made.json["customers"]) == (201, "started", 1)
    run_jobs()
    assert tasks(tables) == [("lisi", there)]
    (row,) = [each for each in tables.rows("MEMBER#lisi", "TASK#") if each["kind"] == "send"]
    (task,) = me.send("GET", "/workbench/tasks").json["items"][-1:]
    assert task["payload"]["item"] == {"kind": "product", "id": item}
    assert (task["payload"]["title"], task["payload"]["note"]) == ("发送「春季班」", "他问过价格")
    assert row["customer_id"].startswith("cu_")

    again = pushed(me, item, there)
    run_jobs()
    assert tasks(tables) == [("lisi", there)]
    results = ask("GET", f"/admin/jobs/{again.json['job_id']}/items").json["items"]
    assert [(each["status"], each["code"]) for each in results] == [("skipped", "asked_before")]
    listed = me.send("GET", "/workbench/pushes").json["items"]
    outcomes = {each["push_id"]: each["outcome"] for each in listed}
    assert outcomes == {
        made.json["push_id"]: {"status": "done", "done": 1, "skipped": 0, "failed": 0},
        again.json["push_id"]: {"status": "done", "done": 0, "skipped": 1, "failed": 0},
    }
    shown = ask("GET", f"/admin/pushes/{again.json['push_id']}").json
    assert shown["outcome"] == outcomes[again.json["push_id"]]
    lines = ask("GET", "/admin/audit", query={"action": "push_started"}).json["items"]
    assert lines[0]["after"]["item"] == f"product#{item}"


def came(external_userid: str) -> None:
    """Let the customer write now."""
    from dataclasses import replace

    from scrm import clock
    from scrm.customers.dynamodb import Customers
    from scrm.facts.dynamodb import save, tally_of
    from scrm.facts.model import Interaction

    contact = Customers().contact(external_userid)
    assert contact is not None
    tally = tally_of(contact.customer_id)
    acts = Interaction(1.0, clock.now(), clock.now())
    save(contact.customer_id, replace(tally, acts=acts), clock.now())


def test_oae_10_a_repeated_request_asks_once(corp: Any, tables: Any, item: str, run_jobs: Any) -> None:
    there = befriended(corp, "lisi")
    me = logged_in(corp, "lisi")
    body = {"item": {"kind": "product", "id": item}, "customers": [there]}
    answers = [me.send("POST", "/workbench/pushes", body, {"idempotency-key": "k1"}) for _ in range(2)]
    assert answers[0].json["push_id"] == answers[1].json["push_id"]
    run_jobs()
    assert tasks(tables) == [("lisi", there)]


def test_oae_10_more_than_the_limit_waits_for_another_administrator(
    corp: Any, tables: Any, item: str, run_jobs: Callable[[], None], ask: Any
) -> None:
    assert ask("PUT", "/admin/settings", {"push_approval_above": 2}).status == 200
    people = [long_ago(corp, "lisi", f"客户{number}") for number in range(3)]
    gone = opted_out(people[2])
    me = logged_in(corp, "admin")
    made = pushed(me, item, *people).json
    assert (made["status"], made["customers"], made["job_id"]) == ("awaiting_approval", 2, "")
    assert made["skipped"] == [{"external_userid": gone, "code": "opted_out"}]
    run_jobs()
    assert tasks(tables) == []

    own = ask("POST", f"/admin/pushes/{made['push_id']}:approve", {})
    assert (own.status, own.code) == (403, "own_push")
    agreed = ask("POST", f"/admin/pushes/{made['push_id']}:approve", {"reason": "活动"}, userid="wangwu")
    assert (agreed.status, agreed.json["status"], agreed.json["decided_by"]) == (200, "started", "wangwu")
    run_jobs()
    assert tasks(tables) == sorted(("lisi", each) for each in people[:2])
    late = ask("POST", f"/admin/pushes/{made['push_id']}:reject", {}, userid="wangwu")
    assert (late.status, late.code) == (409, "push_decided")


def opted_out(external_userid: str) -> str:
    """Let a customer refuse marketing; return them."""
    from dataclasses import replace

    from scrm import clock
    from scrm.customers.dynamodb import Customers

    rows = Customers()
    contact = rows.contact(external_userid)
    assert contact is not None
    known = rows.customer(contact.customer_id, consistent=True)
    assert known is not None
    rows.save_customer(replace(known, opted_out_at=clock.now()), clock.now())
    return external_userid


def test_oae_10_a_rejected_push_reaches_nobody(
    corp: Any, tables: Any, item: str, run_jobs: Callable[[], None], ask: Any
) -> None:
    ask("PUT", "/admin/settings", {"push_approval_above": 1})
    people = [befriended(corp, "lisi", f"客户{number}") for number in range(2)]
    made = pushed(logged_in(corp, "admin"), item, *people).json
    path = f"/admin/pushes/{made['push_id']}"
    assert ask("POST", f"{path}:reject", {"reason": "太打扰"}, userid="wangwu").json["status"] == "rejected"
    run_jobs()
    assert tasks(tables) == []
    (listed,) = ask("GET", "/admin/pushes", role="auditor").json["items"]
    assert (listed["status"], listed["reason"]) == ("rejected", "太打扰")


def test_oae_10_whom_a_query_selects_is_asked_page_after_page_once_approved(
    corp: Any, tables: Any, item: str, run_jobs: Callable[[], None], ask: Any
) -> None:
    ask("PUT", "/admin/settings", {"push_approval_above": 3})
    people = [befriended(corp, "lisi", f"客户{number}") for number in range(30)]
    me = logged_in(corp, "admin")
    query = me.send("POST", "/workbench/queries", {"name": "所有", "condition": {"all": []}}).json
    made = pushed(me, item, query_id=query["query_id"]).json
    assert (made["status"], made["customers"]) == ("awaiting_approval", None)
    ask("POST", f"/admin/pushes/{made['push_id']}:approve", {}, userid="wangwu")
    run_jobs()
    assert tasks(tables) == sorted(("lisi", each) for each in people)


def test_oae_10_a_query_that_selects_few_is_judged_one_by_one(
    corp: Any, tables: Any, item: str, run_jobs: Callable[[], None]
) -> None:
    fresh, quiet = befriended(corp, "lisi", "新客"), long_ago(corp, "lisi", "老客")
    me = logged_in(corp, "admin")
    query = me.send("POST", "/workbench/queries", {"name": "所有", "condition": {"all": []}}).json
    made = pushed(me, item, query_id=query["query_id"]).json
    assert made["skipped"] == [{"external_userid": quiet, "code": "no_recent_event"}]
    run_jobs()
    assert tasks(tables) == [("lisi", fresh)]


def test_oae_10_only_customers_and_items_within_reach(corp: Any, tables: Any, item: str, ask: Any) -> None:
    theirs = befriended(corp, "wangwu")
    me = logged_in(corp, "lisi")
    assert pushed(me, item, theirs).status == 403
    assert pushed(me, "nothing", befriended(corp, "lisi")).status == 404
    assert tables.rows("PUSH#") == []
    wrong = pushed(me, item)
    assert wrong.status == 422
    assert pushed(me, item, query_id="qy_none").json["errors"][0]["field"] == "query_id"


def test_a_relation_that_ended_meanwhile_is_skipped(
    corp: Any, tables: Any, item: str, run_jobs: Callable[[], None], ask: Any
) -> None:
    from dataclasses import replace

    from scrm import clock
    from scrm.customers.dynamodb import Customers
    from scrm.customers.relation import Fact

    there = befriended(corp, "lisi")
    made = pushed(logged_in(corp, "lisi"), item, there).json
    rows = Customers()
    known = rows.relation(there, "lisi", consistent=True)
    assert known is not None
    ended = Fact("deleted_by_customer", int(clock.now().timestamp()) + 1, "e9")
    rows.save_relation(replace(known, facts=(*known.facts, ended)), clock.now())
    run_jobs()
    assert tasks(tables) == []
    results = ask("GET", f"/admin/jobs/{made['job_id']}/items").json["items"]
    assert [(each["status"], each["code"]) for each in results] == [("skipped", "not_active")]
