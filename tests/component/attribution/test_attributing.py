"""Orders in, sales entered: CON-11, LED-21, L19, L19b; each once, in any order of arrival."""

from collections.abc import Callable
from datetime import datetime
from itertools import permutations
from typing import Any

import pytest

from tests.component.attribution.sold import (
    DAY,
    NOW,
    PAID,
    attributed,
    by_date,
    customer,
    ordered,
    paid,
    refunded,
    send,
    shared,
    sums,
)
from tests.component.http_world import befriended

Follow = Callable[..., list[str]]


@pytest.fixture(autouse=True)
def _now(at: Any) -> None:
    at(NOW)


@pytest.fixture
def known(feed: Any, follow: Follow) -> str:
    """C-1 with an order that is not paid; return the customer's id."""
    ordered(order_no="A0", status="placed")
    follow()
    return customer()


def march(day: int) -> datetime:
    return PAID.replace(day=day)


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ([("U1", 10)], {"U1": 100_000}),
        ([("U1", 1)], {"": 100_000}),
        ([("U1", 10), ("U3", 18)], {"U3": 100_000}),
        ([], {"": 100_000}),
    ],
)
def test_l19_the_last_share_within_14_days(
    known: str, tables: Any, follow: Follow, shares: list[tuple[str, int]], expected: dict[str, int]
) -> None:
    for place, (userid, day) in enumerate(shares):
        shared(known, userid, march(day), f"s{place}")
    ordered()
    follow()
    assert sums(tables) == expected
    assert sums(tables, "channels") == {"": 100_000}


def test_l19_without_a_share_in_the_window_the_sale_is_the_lead_owner_s(known: str, tables: Any) -> None:
    from scrm import clock
    from scrm.attribution.attributing import attribute
    from scrm.attribution.model import FromLeads, Lead

    shared(known, "U1", march(1))
    ordered()
    asked: list[Any] = []

    def owner(customer_ids: Any, at: datetime) -> FromLeads:
        asked.append((list(customer_ids), at))
        return FromLeads(Lead("U2"))

    attribute("crm", "A1", clock.now(), owner)
    assert sums(tables) == {"U2": 100_000}
    assert asked == [([known], PAID)]


def test_l19b_33_33_yuan_split_60_40_and_10_yuan_back(known: str, tables: Any) -> None:
    from scrm import clock
    from scrm.attribution.attributing import attribute
    from scrm.attribution.model import FromLeads, Lead

    def owner(_: Any, at: datetime) -> FromLeads:
        return FromLeads(Lead("U2", "U1", at - 5 * DAY))

    ordered(fen=3333)
    attribute("crm", "A1", clock.now(), owner)
    assert sums(tables) == {"U1": 2000, "U2": 1333}

    refunded("r1", 1000)
    attribute("crm", "A1", clock.now(), owner)
    assert by_date(tables) == {
        ("2026-03-20", "U1"): 2000,
        ("2026-03-20", "U2"): 1333,
        ("2026-03-21", "U1"): -600,
        ("2026-03-21", "U2"): -400,
    }
    assert sums(tables) == {"U1": 1400, "U2": 933}
    assert attributed().members == {"U1": 1400, "U2": 933}


def test_con_11_an_order_with_a_share_id_is_the_sender_s(known: str, tables: Any, follow: Follow) -> None:
    from scrm.sends.uses_dynamodb import uses_of

    send("mfrggzdf", "lisi")
    shared(known, "U3", march(19), "other")
    row = ordered(share_id="mfrggzdf")
    follow()

    assert (row["status"], row["unknown_share"]) == ("recorded", False)
    found = attributed()
    assert (found.decision.rule, found.decision.share.how, found.members) == (
        "share",
        "ordered",
        {"lisi": 100_000},
    )
    assert (uses_of("product", "it_1").orders, uses_of("product", "it_1").fen) == (1, 100_000)

    refunded("r1", 30_000)
    follow()
    assert (uses_of("product", "it_1").orders, uses_of("product", "it_1").fen) == (1, 70_000)


@pytest.mark.parametrize("follows_each", [True, False])
def test_rpt_10_an_order_that_is_corrected_leaves_no_day_of_the_former_sender_behind(
    known: str, tables: Any, follow: Follow, follows_each: bool
) -> None:
    """What was entered for several days and is taken back leaves each day as it was."""
    from scrm.sends.uses_dynamodb import days

    send("mfrggzdf", "lisi")
    send("mfrggzdg", "wangwu")
    steps = (
        lambda: ordered(share_id="mfrggzdf", status="placed"),
        lambda: paid("p1", 100_000),
        lambda: refunded("r1", 30_000),
        lambda: ordered(share_id="mfrggzdg", status="placed", version=2),
        lambda: paid("p0", 5_000, PAID - DAY),
    )
    for step in steps:
        step()
        if follows_each:
            follow()
    follow()

    found = {
        (each.date, each.userid): (each.uses.orders, each.uses.fen)
        for each in days("product", march(1).date(), march(31).date())
    }
    assert {place: each for place, each in found.items() if each != (0, 0)} == {
        ("2026-03-19", "wangwu"): (1, 5_000),
        ("2026-03-20", "wangwu"): (0, 100_000),
        ("2026-03-21", "wangwu"): (0, -30_000),
    }


def test_con_11_an_order_with_an_unknown_share_id_is_kept_and_flagged(
    known: str, tables: Any, follow: Follow
) -> None:
    row = ordered(share_id="nobodys")
    follow()
    assert (row["status"], row["unknown_share"]) == ("recorded", True)
    assert tables.rows("ORDER#crm#A1", "ORDER")[0]["flagged"] is True
    assert sums(tables) == {"": 100_000}


def test_rule_3_a_friend_by_the_channel_of_the_add(feed: Any, tables: Any, follow: Follow) -> None:
    from scrm.customers.relation import Fact

    add = Fact("add", int(march(2).timestamp()), "e1", "ch_spring")
    there = befriended(feed, "lisi", facts=(add,))
    follow()
    ordered(crmid=None, external_userid=there)
    follow()
    found = attributed()
    assert (found.decision.rule, found.members) == ("friend", {"lisi": 100_000})
    assert sums(tables, "channels") == {"ch_spring": 100_000}


@pytest.mark.parametrize("sequence", list(permutations(["order", "late", "first", "refund"])))
def test_any_order_of_arrival_ends_the_same(
    known: str, tables: Any, follow: Follow, sequence: tuple[str, ...]
) -> None:
    shared(known, "U1", march(5))
    lines = [{"product_code": code, "amount_fen": fen} for code, fen in (("A", 333), ("B", 667))]
    does = {
        "order": lambda: ordered(status="placed", lines=lines),
        "first": lambda: paid("p1", 50_001, march(18)),
        "late": lambda: paid("p2", 49_999, march(20)),
        "refund": lambda: refunded("r1", 10_001, product_code="B"),
    }
    for name in sequence:
        does[name]()
        follow()
    for name in reversed(sequence):
        does[name]()
    tables.rewind("", 0)
    follow()

    assert by_date(tables) == {
        ("2026-03-18", "U1"): 50_001,
        ("2026-03-20", "U1"): 49_999,
        ("2026-03-21", "U1"): -10_001,
    }
    assert sums(tables, "products") == {"A": 33_300, "B": 56_699}


def test_the_decision_stands_whatever_is_sent_or_set_later(
    known: str, tables: Any, follow: Follow, ask: Any
) -> None:
    ordered(status="placed")
    shared(known, "U1", march(15))
    paid("p1", 60_000, march(18))
    follow()
    shared(known, "U3", march(19), "s2")
    ask("PUT", "/admin/settings", {"attribution_window_days": 1})
    paid("p2", 40_000, march(20))
    follow()
    assert sums(tables) == {"U1": 100_000}
    assert attributed().decision.terms.window_days == 14


def test_a_share_known_late_counts_for_what_was_paid_after_it(
    known: str, tables: Any, follow: Follow
) -> None:
    from scrm.sends.uses_dynamodb import uses_of

    ordered()
    refunded("r1", 40_000)
    follow()
    assert sums(tables) == {"": 60_000}
    shared(known, "U3", march(15), "late")
    follow()
    shared(known, "U1", march(21), "afterwards")
    shared(known, "U4", march(14), "earlier")
    follow()
    assert by_date(tables) == {("2026-03-20", "U3"): 100_000, ("2026-03-21", "U3"): -40_000}
    assert (uses_of("product", "it_1").orders, uses_of("product", "it_1").fen) == (1, 60_000)


def test_the_window_is_the_corp_s(known: str, tables: Any, follow: Follow, ask: Any) -> None:
    assert ask("PUT", "/admin/settings", {"attribution_window_days": 20}).status == 200
    assert ask("PUT", "/admin/settings", {"attribution_channel": "sometimes"}).status == 422
    shared(known, "U1", march(1))
    ordered()
    follow()
    assert sums(tables) == {"U1": 100_000}


def test_cancelled_orders_and_void_payments_are_taken_back_and_only_added_to(
    known: str, tables: Any, follow: Follow
) -> None:
    shared(known, "U1", march(15))
    ordered(status="placed")
    paid("p1", 60_000, march(18))
    follow()
    before = tables.rows("SALES#")
    paid("p1", 60_000, march(18), version=2, void=True)
    follow()
    assert (sums(tables), by_date(tables)) == ({}, {})
    paid("p2", 70_000, march(19))
    follow()
    assert by_date(tables) == {("2026-03-19", "U1"): 70_000}
    ordered(version=2, status="cancelled")
    follow()
    assert sums(tables) == {}
    assert [row for row in tables.rows("SALES#") if row in before] == before


def test_an_order_that_turns_out_to_be_another_s_is_decided_anew(
    known: str, tables: Any, follow: Follow
) -> None:
    shared(known, "U1", march(15))
    ordered()
    follow()
    ordered(version=2, crmid="C-2")
    follow()
    assert sums(tables) == {"": 100_000}
    ordered(version=3)
    follow()
    assert sums(tables) == {"U1": 100_000}


def test_shares_of_whoever_was_merged_in_count(feed: Any, tables: Any, follow: Follow) -> None:
    from dataclasses import replace

    from scrm import clock
    from scrm.customers.dynamodb import Customers
    from scrm.customers.model import Customer

    ordered(status="placed")
    mine = customer()
    rows = Customers()
    rows.save_customer(Customer("cu_other", merged_into=mine), clock.now())
    root = rows.customer(mine, consistent=True)
    assert root is not None
    rows.save_customer(replace(root, absorbed=("cu_other",)), clock.now())
    shared("cu_other", "U7", march(15))
    ordered(version=2)
    follow()
    assert sums(tables) == {"U7": 100_000}


def test_told_of_an_erased_customer_the_sale_stays_as_it_was(known: str, tables: Any, follow: Follow) -> None:
    from scrm.orders.dynamodb import OrderRow

    shared(known, "U1", march(15))
    ordered()
    follow()
    row = OrderRow.get("ORDER#crm#A1", "ORDER")
    row.customer_id, row.placed = "er_1", {**row.placed, "customer_id": "er_1"}
    row.save()
    for share in tables.rows("SHARES#"):
        tables.client.delete_item(
            TableName="ScrmTable", Key={"PK": {"S": share["PK"]}, "SK": {"S": share["SK"]}}
        )
    follow()
    refunded("r1", 40_000)
    follow()
    assert sums(tables) == {"U1": 60_000}


def test_killed_at_any_write_and_tried_again_it_ends_the_same(
    known: str, tables: Any, follow: Follow, monkeypatch: Any
) -> None:
    shared(known, "U1", march(15))
    ordered(status="placed")
    for number in range(1, 4):
        paid(f"p{number}", 10_000, march(15 + number))
    records = tables.stream()
    from scrm.attribution import dynamodb as stored

    save = stored.save
    for allowed in range(4):
        left = [allowed]

        def dying(*given: Any, left: list[int] = left) -> Any:
            if not left[0]:
                raise RuntimeError("killed")
            left[0] -= 1
            return save(*given)

        monkeypatch.setattr(stored, "save", dying)
        follow(records)
    monkeypatch.setattr(stored, "save", save)
    assert follow(records) == []
    assert by_date(tables) == {
        ("2026-03-16", "U1"): 10_000,
        ("2026-03-17", "U1"): 10_000,
        ("2026-03-18", "U1"): 10_000,
    }
    assert len(tables.rows("SALES#")) == 3


def test_con_11_the_console_says_whose_sale_an_order_is_and_why(
    known: str, tables: Any, follow: Follow, ask: Any
) -> None:
    send("mfrggzdf", "lisi")
    ordered(share_id="mfrggzdf", lines=[{"product_code": "P", "amount_fen": 100_000}])
    refunded("r1", 30_000)
    follow()

    told = ask("GET", "/admin/orders/crm/A1/attribution").json
    assert (told["rule"], told["share"]["share_id"], told["share"]["how"]) == ("share", "mfrggzdf", "ordered")
    assert told["members"] == [{"userid": "lisi", "name": "李四", "fen": 70_000}]
    assert (told["terms"]["window_days"], told["paid_at"]) == (14, PAID.isoformat())
    assert [(each["date"], each["fen"], each["products"]) for each in told["entries"]] == [
        ("2026-03-20", 100_000, [{"name": "P", "fen": 100_000}]),
        ("2026-03-21", -30_000, [{"name": "P", "fen": -30_000}]),
    ]
    (listed, unpaid) = ask("GET", f"/admin/customers/{known}/orders").json["items"]
    assert (listed["attribution"]["rule"], listed["attribution"]["item_id"]) == ("share", "it_1")
    assert listed["attribution"]["members"] == told["members"]
    assert unpaid["attribution"] is None
    assert ask("GET", "/admin/orders/crm/A9/attribution").status == 404
    assert ask("GET", "/admin/orders/crm/A0/attribution").json["rule"] is None


def test_cus_15_the_origin_says_through_whose_send_something_was_bought(
    known: str, follow: Follow, ask: Any
) -> None:
    send("mfrggzdf", "lisi")
    ordered(share_id="mfrggzdf")
    follow()
    (bought,) = ask("GET", f"/admin/customers/{known}/origin").json["orders_before"]
    assert (bought["attribution"]["share_id"], bought["attribution"]["kind"]) == ("mfrggzdf", "product")
    assert bought["attribution"]["members"][0]["userid"] == "lisi"
