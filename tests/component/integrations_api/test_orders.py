"""Orders in: folded from parts in any order, counted exactly once (INT-02, INT-07, CUS-08, IDN-09)."""

from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest

from tests.component.conftest import CORP_ID
from tests.component.http_world import befriended, logged_in
from tests.component.integrations_api.senders import rows_of, sent, statuses

AT = "2026-03-01T10:00:00+08:00"
Follow = Callable[..., list[str]]


def order(order_no: str = "A1", version: int = 1, **more: Any) -> dict[str, Any]:
    line = {"product_code": "P", "title": "茶", "amount_fen": 19900}
    return {
        "order_no": order_no,
        "version": version,
        "at": AT,
        "status": "paid",
        "amount_fen": 19900,
        "lines": [line],
        **(more or {"crmid": "C-1"}),
    }


def ordered(*rows: dict[str, Any]) -> Any:
    return sent("POST", "/integrations/orders", {"orders": list(rows)})


def paid(order_no: str = "A1", amount: int = 19900, **more: Any) -> Any:
    row = {"order_no": order_no, "payment_id": "p1", "at": AT, "amount_fen": amount, **more}
    return sent("POST", "/integrations/payments", {"payments": [row]})


def refunded(order_no: str = "A1", amount: int = 5000, **more: Any) -> Any:
    row = {"order_no": order_no, "refund_id": "r1", "at": AT, "amount_fen": amount, **more}
    return sent("POST", "/integrations/refunds", {"refunds": [row]})


def facts_of(customer_id: str) -> Any:
    from scrm.facts.dynamodb import load

    return load(customer_id, consistent=True).orders


def owner(crmid: str = "C-1") -> str:
    from scrm.identities.dynamodb import Identities

    return str(Identities().owner("crmid", crmid, consistent=True))


def test_int_02_a_paid_order_is_counted_and_its_customer_exists(feed: Any, follow: Follow) -> None:
    (row,) = rows_of(ordered(order()))
    follow()

    assert (row["status"], row["created_customer"], row["source"]) == ("recorded", True, "crm")
    assert row["customer_id"] == owner()
    found = facts_of(owner())
    assert (found.count, found.amount_fen) == (1, 19900)
    assert [(each.product_code, each.title, each.amount_fen) for each in found.bought] == [("P", "茶", 19900)]


def test_idn_09_whoever_paid_is_an_existing_customer(feed: Any, follow: Follow) -> None:
    from scrm.customers.dynamodb import Customers

    ordered(order(status="placed", crmid="C-1"))
    follow()
    customer = Customers().customer(owner(), consistent=True)
    assert customer is not None
    assert (customer.kind, customer.crmid) == ("prospect", "C-1")

    paid()
    follow()
    refunded(amount=19900)
    follow()
    customer = Customers().customer(owner(), consistent=True)
    assert customer is not None
    assert customer.kind == "existing"


@pytest.mark.parametrize("sequence", list(permutations(["order", "newer", "paid", "refund"])))
def test_int_02_order_paid_refund_in_any_order(feed: Any, follow: Follow, sequence: tuple[str, ...]) -> None:
    does = {
        "order": lambda: ordered(order(status="placed", amount_fen=1, crmid="C-1")),
        "newer": lambda: ordered(order(version=2, status="placed", crmid="C-1")),
        "paid": paid,
        "refund": refunded,
    }
    for name in sequence:
        does[name]()
        follow()
    for name in reversed(sequence):
        assert statuses(does[name]()) == ["unchanged"]
    follow()

    found = facts_of(owner())
    assert (found.count, found.amount_fen, found.window) == (1, 14900, (("2026-03-01", 1, 14900),))


def test_money_before_its_order_waits_for_it(feed: Any, tables: Any, follow: Follow) -> None:
    (row,) = rows_of(paid())
    assert (row["status"], row["waiting_for_order"], row["customer_id"]) == ("recorded", True, None)
    follow()
    assert not tables.rows("ORDERS#")


def test_an_order_that_turns_out_to_be_anothers_moves_with_its_facts(
    feed: Any, tables: Any, follow: Follow
) -> None:
    ordered(order(crmid="C-1"), order("A2", crmid="C-1"))
    follow()
    assert facts_of(owner()).count == 2

    ordered(order(version=2, phone="13800008000"))
    follow()

    (other,) = {row["PK"] for row in tables.rows("ORDERS#")} - {f"ORDERS#{owner()}"}
    assert facts_of(owner()).count == 1
    assert facts_of(other.removeprefix("ORDERS#")).count == 1


def test_every_kind_of_name_finds_its_customer(feed: Any, follow: Follow) -> None:
    from scrm.customers.model import customer_id_of

    there = befriended(feed, "lisi")
    known = customer_id_of(CORP_ID, there)
    rows = rows_of(
        ordered(
            order("1", external_userid=there),
            order("2", customer_id=known),
            order("3", plate="沪A12345"),
            order("4", external_userid="wmNobody"),
            order("5", customer_id="cu_nobody"),
            order("6", phone="not a phone"),
        )
    )
    assert [row["customer_id"] for row in rows[:2]] == [known, known]
    assert [row["status"] for row in rows] == [*["recorded"] * 3, *["unknown_customer"] * 2, "invalid"]
    assert rows[5]["errors"] == [{"field": "phone", "message": "格式不正确"}]


def test_int_07_an_unknown_product_is_kept_and_flagged(feed: Any, tables: Any, follow: Follow) -> None:
    (unknown,) = rows_of(ordered(order()))
    assert (unknown["status"], unknown["unknown_products"]) == ("recorded", ["P"])
    assert tables.rows("ORDER#", "ORDER")[0]["flagged"] is True

    product = {"code": "P", "version": 2, "name": "明前茶", "price_fen": 19900}
    assert statuses(sent("PUT", "/integrations/products", product)) == ["recorded"]
    older = {
        "products": [{**product, "version": 1, "name": "旧名"}, {"code": "x y", "version": 1, "name": "n"}]
    }
    assert statuses(sent("PUT", "/integrations/products", older)) == ["unchanged", "invalid"]

    (known,) = rows_of(ordered(order(version=2, crmid="C-1")))
    follow()
    assert known["unknown_products"] == []
    assert "flagged" not in tables.rows("ORDER#", "ORDER")[0]
    assert facts_of(owner()).bought[0].title == "明前茶"


def test_one_order_may_come_by_itself(feed: Any) -> None:
    assert statuses(sent("POST", "/integrations/orders", order())) == ["recorded"]


def test_what_one_order_by_itself_lacks_is_named(feed: Any) -> None:
    lacking = sent("POST", "/integrations/orders", {k: v for k, v in order().items() if k != "version"})
    assert (lacking.status, lacking.json["errors"]) == (422, [{"field": "version", "message": "必填"}])

    nothing = sent("POST", "/integrations/orders", {"orderNo": "1"})
    assert (nothing.status, nothing.json["errors"][0]["field"]) == (422, "orders")


def test_a_wrong_row_is_named_and_stops_no_other(feed: Any, tables: Any) -> None:
    rows = rows_of(
        ordered(
            order("1", crmid="C-1"),
            order("2", crmid="C-1", amount_fen=-1),
            order("3", crmid="C-1", at="2026-03-09T10:00:00+08:00"),
            order("4", crmid="C-1", phone="13800008000"),
            order("a#b", crmid="C-1"),
            order("6", crmid="C-1", source="CRM"),
            order("7", crmid="C-1", extra=1),
            "not an object",  # type: ignore[arg-type]  # as a careless sender would
        )
    )
    assert [row["status"] for row in rows] == ["recorded", *["invalid"] * 7]
    named = [row["errors"][0]["field"] for row in rows[1:]]
    assert named == ["amount_fen", "at", "row", "order_no", "source", "extra", "row"]
    assert len(tables.rows("ORDER#", "ORDER")) == 1


@pytest.mark.parametrize("body", [{"orders": []}, {"orders": [order()] * 101}, {"orders": 5}])
def test_a_batch_holds_one_to_a_hundred_rows(feed: Any, body: Any) -> None:
    answered = sent("POST", "/integrations/orders", body)
    assert (answered.status, answered.json["errors"][0]["field"]) == (422, "orders")


def test_a_batch_of_one_customer_is_counted_in_full(feed: Any, follow: Follow) -> None:
    batch = [order(str(number), crmid="C-1") for number in range(40)]
    assert set(statuses(ordered(*batch))) == {"recorded"}
    follow()
    assert (facts_of(owner()).count, facts_of(owner()).amount_fen) == (40, 40 * 19900)


def test_facts_bump_their_version_only_when_they_change(feed: Any, tables: Any, follow: Follow) -> None:
    from scrm.facts.dynamodb import load

    ordered(order())
    records = tables.stream()
    follow(records)
    assert load(owner(), consistent=True).version == 1
    follow(records)
    follow()
    assert load(owner(), consistent=True).version == 1

    refunded()
    follow()
    assert load(owner(), consistent=True).version == 2


def test_a_source_may_be_called_as_a_row_is(feed: Any, follow: Follow) -> None:
    assert statuses(ordered(order("RELATION#1".replace("#", "-"), crmid="C-1", source="relation"))) == [
        "recorded"
    ]
    assert follow() == []
    assert facts_of(owner()).count == 1


def test_killed_between_order_and_facts_nothing_is_lost(
    feed: Any, tables: Any, follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scrm.customers.dynamodb import Customers
    from scrm.facts import dynamodb as facts
    from scrm.orders import recounting

    ordered(order())
    records = tables.stream()
    broken = pytest.MonkeyPatch()

    def dies(*_: Any) -> None:
        raise KeyboardInterrupt

    for place in ((facts, "save"), (recounting.customers, "save_customer")):
        with broken.context() as patch:
            patch.setattr(*place, dies)
            with pytest.raises(KeyboardInterrupt):
                follow(records)
    follow(records)

    customer = Customers().customer(owner(), consistent=True)
    assert customer is not None
    assert (facts_of(owner()).count, customer.kind) == (1, "existing")


def test_who_is_always_overtaken_is_told_to_send_again(feed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from scrm.customers.model import VersionConflict
    from scrm.orders import dynamodb as orders

    def overtaken(*_: Any) -> None:
        raise VersionConflict

    with monkeypatch.context() as patch:
        patch.setattr(orders, "save", overtaken)
        assert statuses(ordered(order())) == ["busy"]
    assert statuses(ordered(order())) == ["recorded"]


def test_nobody_who_was_erased_is_brought_back(feed: Any, tables: Any, follow: Follow) -> None:
    from dataclasses import replace

    from scrm import clock
    from scrm.customers.dynamodb import Customers
    from scrm.privacy.receipts_dynamodb import keep

    ordered(order())
    follow()
    known = Customers().customer(owner(), consistent=True)
    assert known is not None
    Customers().save_customer(replace(known, erased_at=clock.now()), clock.now())
    assert statuses(ordered(order("A2"))) == ["unknown_customer"]

    keep([("crmid", "C-2")], clock.now(), "er_1")
    assert statuses(ordered(order("A3", crmid="C-2"))) == ["unknown_customer"]
    refused = sent("POST", "/integrations/customers", {"crmid": "C-2", "version": 1})
    assert (statuses(refused), rows_of(refused)[0]["errors"][0]["field"]) == (["invalid"], "crmid")
    again = sent("POST", "/integrations/customers", {"crmid": "C-1", "version": 1, "name": "又来"})
    assert statuses(again) == ["invalid"]
    assert len(tables.rows("ORDER#", "ORDER")) == 1


def test_cus_08_the_sidebar_lists_the_product_with_its_amount(feed: Any, follow: Follow) -> None:
    there = befriended(feed, "lisi")
    ordered(order(external_userid=there))
    follow()

    shown = logged_in(feed, "lisi").send("GET", f"/sidebar/customers/{there}").json
    (product,) = shown["purchases"]["products"]
    assert (product["product_code"], product["amount_fen"]) == ("P", 19900)
    assert shown["customer"]["kind"] == "existing"


def test_an_order_too_large_to_keep_is_refused_and_the_others_count(feed: Any, follow: Follow) -> None:
    wide = [{"product_code": "😀" * 60 + str(n), "title": "😀" * 200, "amount_fen": 1} for n in range(100)]

    answered = ordered(order("BIG", crmid="C-1", lines=wide), order("A2", crmid="C-1"))

    assert statuses(answered) == ["invalid", "recorded"]
    assert rows_of(answered)[0]["errors"][0]["field"] == "order_no"
