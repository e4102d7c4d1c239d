"""Whose sales the orders of leads are: L19 and L19b, from the order to the console (LED-21, RPT-13)."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.component.attribution.sold import shared, sums
from tests.component.console import ask
from tests.component.http_world import corp
from tests.component.integrations_api.conftest import feed, follow
from tests.component.integrations_api.senders import rows_of, sent
from tests.component.leads.money import CREATED, NOW, PAID_AT, lead, ordered, refunded

__all__ = ["ask", "corp", "feed", "follow"]

Follow = Callable[..., list[str]]
PAID = datetime.fromisoformat(PAID_AT)


@pytest.fixture(autouse=True)
def _world(feed: Any, at: Any) -> None:
    at(NOW)


def customer() -> str:
    """Return the id of C-1, who is made known by an order that is not paid."""
    from scrm.identities.dynamodb import Identities

    ordered("A0", status="placed")
    return str(Identities().owner("crmid", "C-1", consistent=True))


def inherited(lead_id: str, userid: str, days_before: int) -> None:
    """Hand a lead over by inheritance, so many days before the payment."""
    from scrm.leads.living import change
    from scrm.leads.steps import inherited as handed

    when = PAID - timedelta(days=days_before)
    change(lead_id, lambda before, _: handed(before, userid, when, "离职继承"), when)


def attributed(ask: Any, order: str = "crm/A1") -> dict[str, int]:
    """Return what each has of an order, as the console tells it; the sum is what is left of the order."""
    answered = ask("GET", "/admin/attributions", query={"order": order}, role="finance")
    assert answered.status == 200, answered.text
    (told,) = answered.json["items"]
    found = {each["userid"]: each["fen"] for each in told["members"]}
    assert sum(found.values()) == answered.json["net_fen"]
    return found


def test_rpt_13_the_channel_of_a_lead_is_a_touch_as_an_add_is(ask: Any, follow: Follow) -> None:
    customer()
    lead("L0", status="LOST", channel_id="expo", created_at=CREATED - timedelta(days=40))
    lead("L1", channel_id="web", campaign="春季", previous_lead_id="L0")
    lead("L2", status="INVALID", channel_id="junk", keys=(), created_at=CREATED - timedelta(days=50))
    follow()
    ordered()
    assert follow() == []

    told = ask("GET", "/admin/attributions", query={"order": "crm/A1"}, role="finance").json

    (entry,) = told["items"][0]["entries"]
    assert entry["channels"] == [{"name": "expo", "fen": 100_000}]


def test_rpt_13_what_is_nobodys_is_called_so(ask: Any, follow: Follow) -> None:
    customer()
    ordered()
    follow()
    days = {"from": "2026-03-01", "to": "2026-03-31"}

    for by, name in (("staff", "未归属"), ("channel", "无渠道"), ("product", "未列商品")):
        told = ask("GET", "/admin/reports/sales", query={**days, "group_by": by}, role="finance").json
        assert [(each["id"], each["name"], each["net_fen"]) for each in told["lines"]] == [
            ("", name, 100_000)
        ]


@pytest.mark.parametrize(
    ("shares", "owner", "expected"),
    [
        ([("U1", 10)], "U2", {"U1": 100_000}),
        ([("U1", 1)], "U2", {"U2": 100_000}),
        ([("U1", 10), ("U3", 18)], "U2", {"U3": 100_000}),
        ([], "", {"": 100_000}),
    ],
)
def test_l19_1000_yuan_paid_on_03_20(
    ask: Any, follow: Follow, shares: list[tuple[str, int]], owner: str, expected: dict[str, int]
) -> None:
    known = customer()
    if owner:
        lead(owner=owner)
    for place, (userid, day) in enumerate(shares):
        shared(known, userid, PAID.replace(day=day), f"s{place}")
    follow()
    ordered()
    assert follow() == []
    assert attributed(ask) == expected


def test_l19b_33_33_yuan_inherited_5_days_before_and_10_yuan_back(
    ask: Any, tables: Any, follow: Follow
) -> None:
    lead(owner="U1")
    follow()
    inherited("L1", "U2", 5)
    ordered(amount_fen=3333)
    assert follow() == []
    assert attributed(ask) == {"U1": 2000, "U2": 1333}
    refunded("r1", 1000)
    assert follow() == []
    assert attributed(ask) == {"U1": 1400, "U2": 933}
    assert sums(tables) == {"U1": 1400, "U2": 933}


def test_an_inheritance_of_more_than_30_days_or_a_manager_s_transfer_splits_nothing(
    ask: Any, follow: Follow
) -> None:
    from scrm.leads.living import change
    from scrm.leads.steps import transferred

    lead(owner="U1", created_at=CREATED - timedelta(days=60), updated_at=CREATED - timedelta(days=60))
    inherited("L1", "U2", 31)
    ordered()
    follow()
    assert attributed(ask) == {"U2": 100_000}
    when = PAID - timedelta(days=3)
    change("L1", lambda it, _: transferred(it, "U3", "manager", "boss", when, "system:inheritance"), when)
    ordered("A2")
    follow()
    assert attributed(ask, "crm/A2") == {"U3": 100_000}


def test_who_owned_the_lead_at_the_payment_and_not_who_owns_it_now(ask: Any, follow: Follow) -> None:
    lead(owner="U1")
    follow()
    inherited("L1", "U2", -1)
    follow()
    ordered()
    follow()
    assert attributed(ask) == {"U1": 100_000}


def test_who_buys_again_is_their_lead_s_owner_s(ask: Any, follow: Follow) -> None:
    from tests.component.leads.money import signed, status

    lead(owner="lisi")
    signed()
    ordered()
    follow()
    follow()
    assert status() == "WON"
    ordered("A2", at=NOW)
    follow()
    assert attributed(ask, "crm/A2") == {"lisi": 100_000}


def test_attributions_name_the_wrong_field_and_an_order_that_is_not_there(ask: Any) -> None:
    for wrong in ({}, {"order": "A1"}, {"order": "crm/A1", "more": "1"}):
        answered = ask("GET", "/admin/attributions", query=wrong)
        assert (answered.status, answered.code) == (422, "invalid_request"), answered.text
    bare = ask("GET", "/admin/attributions", query={"order": "A1"}).json["errors"][0]
    assert bare["field"] == "order"
    assert "source/order_no" in bare["message"]
    assert ask("GET", "/admin/attributions", query={"order": "crm/none"}).status == 404


@pytest.mark.parametrize("seed", range(6))
def test_entries_sum_to_the_order_to_the_fen_whatever_is_paid_and_refunded(
    ask: Any, tables: Any, follow: Follow, seed: int
) -> None:
    drawn = random.Random(seed)
    lead(owner="U1")
    inherited("L1", "U2", drawn.randint(1, 18))
    parts: list[tuple[str, dict[str, Any]]] = []
    paid, back = 0, 0
    for number in range(4):
        fen = drawn.randint(1, 9999)
        paid += fen
        row = {"order_no": "A1", "payment_id": f"p{number}", "at": PAID_AT, "amount_fen": fen}
        parts.append(("payments", row))
    for number in range(3):
        fen = drawn.randint(1, max(1, (paid - back) // 3))
        back += fen
        row = {"order_no": "A1", "refund_id": f"r{number}", "at": NOW, "amount_fen": fen}
        parts.append(("refunds", row))
    ordered(status="placed", amount_fen=paid)
    drawn.shuffle(parts)
    for name, row in parts:
        for _ in range(drawn.randint(1, 2)):
            rows_of(sent("POST", f"/integrations/{name}", {name: [row]}))
        if drawn.random() < 0.5:
            follow()
    records = tables.stream()
    drawn.shuffle(records)
    assert follow(records) == []
    assert follow() == []
    assert sum(sums(tables).values()) == paid - back
    assert set(attributed(ask)) == {"U1", "U2"}
