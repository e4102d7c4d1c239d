"""Events count once for the facts of a customer, whatever order they come in (OAE-15, CUS-10, SEG-05/06)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from scrm import clock
from tests.component.http_world import befriended, logged_in
from tests.component.integrations_api.senders import sent, statuses

EVENTS = "/integrations/conversation-events"


def event(source_id: str, at: datetime, kind: str, **more: Any) -> dict[str, Any]:
    own: dict[str, Any] = {
        "message": {"direction": "inbound"},
        "share": {"target": "/a"},
        "comment": {"target": "/a"},
        "link_open": {"target": "/a"},
        "menu": {"item": "会员"},
        "scan": {"code": "c"},
    }.get(kind, {})
    return {"source_id": source_id, "at": at.isoformat(), "kind": kind, "crmid": "C-1", **own, **more}


def told(*events: dict[str, Any]) -> Any:
    return sent("POST", EVENTS, {"events": list(events)})


@pytest.fixture
def customer(feed: Any) -> str:
    """A customer the CRM knows as C-1, whom lisi knows in WeCom."""
    there = befriended(feed, "lisi")
    body = {"external_userid": there, "crmid": "C-1"}
    return str(sent("POST", "/integrations/identities", body).json["customer_id"])


def facts(customer_id: str) -> Any:
    from scrm.facts.dynamodb import load

    return load(customer_id, consistent=True)


def index(customer_id: str, at: datetime) -> float:
    from scrm.facts.model import index_at

    return round(index_at(facts(customer_id).interaction, at), 4)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_oae_15_the_three_example_events_in_any_order(customer: str, order: tuple[int, ...]) -> None:
    day14 = clock.now()
    events = [
        event("1", day14 - timedelta(days=14), "message"),
        event("2", day14 - timedelta(days=7), "comment"),
        event("3", day14, "referral"),
    ]
    for number in order:
        assert statuses(told(events[number])) == ["recorded"]
    for each in events:
        assert statuses(told(each)) == ["recorded"]  # again, and nothing more is counted

    assert index(customer, day14) == 15.0355
    assert index(customer, day14 + timedelta(days=14)) == 7.5178
    assert index(customer, day14 + timedelta(days=28)) == 3.7589
    assert facts(customer).interaction.inbound_at == day14


def test_oae_15_every_kind_has_its_weight(customer: str) -> None:
    now = clock.now()
    kinds = ("message", "link_open", "menu", "scan", "comment", "share", "check_in", "referral")
    batch = [event(kind, now, kind) for kind in kinds]
    quiet = [
        event("visit", now, "visit", page="/"),
        event("click", now, "click", target="/"),
        event("order", now, "order", order_no="1", amount_fen=5),
        event("out", now, "message", direction="outbound"),
        event("feedback", now, "feedback"),
        event("again", now, "message"),
    ]

    assert statuses(told(*batch, *quiet, *batch)) == ["recorded"] * 22
    assert index(customer, now) == 3 + 2 + 2 + 3 + 5 + 8 + 4 + 10


def test_purchases_of_paid_orders_weigh_ten_once(customer: str, follow: Callable[..., Any]) -> None:
    now = clock.now()
    told(event("1", now, "comment"))
    order = {
        "order_no": "1",
        "version": 1,
        "at": now.isoformat(),
        "status": "paid",
        "amount_fen": 5,
        "crmid": "C-1",
    }
    for version in (1, 2, 2):
        sent("POST", "/integrations/orders", {**order, "version": version})
        follow()

    assert index(customer, now) == 15
    assert facts(customer).interaction.inbound_at == now


def test_windows_of_ninety_days_count_shares_referrals_and_feedback(customer: str) -> None:
    now = clock.now()
    told(event("1", now, "share"), event("2", now, "share"), event("3", now, "feedback"))
    assert facts(customer).interaction.acts == {
        "share": (("2026-03-02", 2),),
        "feedback": (("2026-03-02", 1),),
    }


def test_cus_10_without_a_feed_sessions_are_unknown_and_with_one_they_are_counted(customer: str) -> None:
    now = clock.now()
    told(event("0", now, "share"))
    assert facts(customer).sessions is None

    start = now - timedelta(hours=5)
    minutes = (0, 20, 45, 90)
    told(*(event(str(each), start + timedelta(minutes=each), "message") for each in minutes))
    told(event("talk", start + timedelta(hours=3), "conversation", messages=4, seconds=600))

    found = facts(customer).sessions
    assert (found.count, found.seconds) == (3, 45 * 60 + 600)
    assert found.last_at == start + timedelta(hours=3)


def test_seg_06_who_spoke_last_with_whom(customer: str) -> None:
    now = clock.now()
    early, late = now - timedelta(minutes=9), now - timedelta(minutes=3)
    told(
        event("1", late, "message", userid="lisi"),
        event("2", early, "message", userid="LiSi", direction="outbound"),
        event("3", early, "message", userid="wangwu", direction="outbound"),
    )
    talks = {each.userid.lower(): each for each in facts(customer).talks}
    assert (talks["lisi"].customer_at, talks["lisi"].staff_at) == (late, early)
    assert (talks["wangwu"].customer_at, talks["wangwu"].staff_at) == (None, early)

    told(event("4", early - timedelta(minutes=1), "message", userid="lisi", direction="outbound"))
    assert {each.userid.lower(): each for each in facts(customer).talks}["lisi"] == talks["lisi"]


def test_seg_05_a_follow_up_told_or_done_in_the_workbench_is_known(
    feed: Any, customer: str, follow: Callable[..., Any]
) -> None:
    from scrm.tasks.dynamodb import DynamoTasks
    from scrm.tasks.model import task

    now = clock.now()
    told(event("1", now - timedelta(days=1), "follow_up", userid="lisi"))
    assert facts(customer).talks[0].followed_at == now - timedelta(days=1)

    one = task("follow", "lisi", now + timedelta(hours=1), "x", created_at=now, customer_id=customer)
    DynamoTasks().open(one)
    follow()
    done = logged_in(feed, "lisi").send(
        "POST", f"/workbench/tasks/{one.id}:complete", {"version": one.version}
    )
    assert done.status == 200, done.text
    follow()
    assert [each.followed_at for each in facts(customer).talks] == [now]


def test_killed_before_the_transaction_nothing_is_counted_and_again_everything(
    customer: str, tables: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scrm.facts import recording

    def dies(*_: Any) -> Any:
        raise KeyboardInterrupt

    one = event("1", clock.now(), "comment", userid="lisi")
    with monkeypatch.context() as patch:
        patch.setattr(recording, "tally_step", dies)
        with pytest.raises(KeyboardInterrupt):
            told(one)
    assert not tables.rows("TIMELINE#")
    told(one)
    assert index(customer, clock.now()) == 5


def test_who_is_overtaken_reads_again(customer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from scrm.facts import recording

    now, overtaking = clock.now(), [event("other", clock.now(), "share")]
    read = recording.tally_of

    def slow(customer_id: str) -> Any:
        tally = read(customer_id)
        while overtaking:
            told(overtaking.pop())
        return tally

    monkeypatch.setattr(recording, "tally_of", slow)
    assert statuses(told(event("mine", now, "comment"))) == ["recorded"]
    assert index(customer, now) == 13


def test_who_is_always_overtaken_is_told_to_send_again(
    customer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scrm.customers.model import VersionConflict
    from scrm.integrations import happenings

    def overtaken(*_: Any) -> None:
        raise VersionConflict

    monkeypatch.setattr(happenings, "record", overtaken)
    assert statuses(told(event("1", clock.now(), "comment"))) == ["busy"]


def test_a_hundred_events_of_one_customer_take_a_few_transactions(customer: str, tables: Any) -> None:
    now = clock.now()
    batch = [event(str(each), now - timedelta(hours=each), "message", userid="lisi") for each in range(100)]
    assert statuses(told(*batch)) == ["recorded"] * 100
    assert len(tables.rows("TIMELINE#")) == 100
    assert facts(customer).sessions.count == 100
    assert tables.rows("CUSTOMER#", "FACTS")[0]["version"] == 4
