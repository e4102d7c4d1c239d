"""A shop's feed makes items of the library, one for each code: CON-08, CON-09, INT-07."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.component.integrations_api.senders import rows_of, sent, statuses

Follow = Callable[..., list[str]]
TEA = {"code": "T-1", "version": 1, "name": "明前茶", "price_fen": 19_900, "category": "茶"}
CUP = {"code": "C-1", "version": 1, "name": "盖碗"}


def told(*rows: dict[str, Any]) -> list[str]:
    """Put products; return the status of each."""
    return statuses(sent("PUT", "/integrations/products", {"products": list(rows)}))


def library() -> dict[str, Any]:
    """Return the products of the library, by code."""
    from scrm.library.opening import open_whole

    items = open_whole("product").items.values()
    return {each.live.summary["code"]: each for each in items if each.live}


def content(item: Any) -> dict[str, Any]:
    """Return what is published of an item."""
    from scrm.library.dynamodb import published

    return published("product", item.item_id, item.number)


def test_con_09_a_feed_of_two_upserts_two_and_again_none(feed: Any, tables: Any) -> None:
    assert told(TEA, CUP) == ["recorded", "recorded"]
    before = tables.rows("LIBRARY#product")
    assert told(TEA, CUP) == ["unchanged", "unchanged"]

    assert tables.rows("LIBRARY#product") == before
    found = library()
    assert {code: (each.status, each.live.title) for code, each in found.items()} == {
        "T-1": ("published", "明前茶"),
        "C-1": ("published", "盖碗"),
    }
    assert found["T-1"].live.initials
    assert found["T-1"].live.summary == {
        "type": "standard",
        "code": "T-1",
        "category": "茶",
        "price_fen": 19_900,
    }
    assert not found["T-1"].is_changed


def test_con_09_a_newer_version_publishes_what_is_told_and_keeps_what_people_wrote(
    feed: Any, ask: Any, follow: Follow
) -> None:
    told(TEA)
    follow()
    item = library()["T-1"]
    link = "https://shop.example.com/p/1?sid={share_id}"
    edited = {**content(item), "link": link, "description": "今年的新茶", "name": "改过的名字"}
    put = ask("PUT", f"/admin/products/{item.item_id}", {"version": item.version, **edited})
    assert put.status == 200, put.text
    published = ask("POST", f"/admin/products/{item.item_id}:publish", {"version": put.json["version"]})
    assert published.status == 200, published.text

    newer = {"code": "T-1", "version": 2, "name": "雨前茶", "price_fen": 9_900}
    assert told(newer) == ["recorded"]
    now = library()["T-1"]
    assert now.item_id == item.item_id
    assert content(now) == {
        "type": "standard",
        "code": "T-1",
        "name": "雨前茶",
        "category": "茶",
        "price_fen": 9_900,
        "link": link,
        "description": "今年的新茶",
    }


def test_con_09_a_draft_that_somebody_works_on_stays_a_draft(feed: Any, ask: Any, follow: Follow) -> None:
    from scrm.library.dynamodb import draft

    told(TEA)
    item = library()["T-1"]
    edited = {**content(item), "description": "还没写完"}
    assert ask("PUT", f"/admin/products/{item.item_id}", {"version": item.version, **edited}).status == 200
    assert told({**TEA, "version": 2, "price_fen": 100}) == ["recorded"]
    now = library()["T-1"]
    assert now.is_changed
    assert (content(now)["price_fen"], content(now).get("description")) == (100, None)
    assert draft("product", now.item_id)["description"] == "还没写完"
    assert draft("product", now.item_id)["price_fen"] == 100


def test_con_09_what_was_archived_stays_archived(feed: Any, ask: Any) -> None:
    told(TEA)
    item = library()["T-1"]
    gone = ask("POST", f"/admin/products/{item.item_id}:archive", {"version": item.version})
    assert gone.status == 200, gone.text
    assert told({**TEA, "version": 2, "name": "雨前茶"}) == ["recorded"]
    from scrm.library.dynamodb import item as item_now

    now = item_now("product", item.item_id)
    assert now is not None
    assert (now.status, now.draft.title) == ("archived", "雨前茶")


def test_a_wrong_product_is_refused_by_field_and_stops_no_other(feed: Any) -> None:
    rows = rows_of(
        sent(
            "PUT",
            "/integrations/products",
            {"products": [{**TEA, "link": "https://x.example.com/{phone}"}, {**CUP, "price_fen": -1}, CUP]},
        )
    )
    assert [each["status"] for each in rows] == ["invalid", "invalid", "recorded"]
    assert [each["errors"][0]["field"] for each in rows[:2]] == ["link", "price_fen"]


def test_con_09_a_foreign_payload_is_read_as_its_mapping_says(feed: Any, ask: Any) -> None:
    mapping = {
        "target": "products",
        "rows": "data.goods",
        "parts": {
            "code": {"path": "sku", "kind": "text"},
            "version": {"path": "updated", "kind": "integer"},
            "name": {"path": "title"},
            "price_fen": {"path": "price", "kind": "yuan"},
            "link": {"path": "url"},
        },
    }
    assert ask("PUT", "/admin/mappings/shop", mapping).status == 200
    goods = [
        {"sku": 1001, "updated": 5, "title": "春茶", "price": "19.90", "url": "https://s.example.com/1"},
        {"sku": "bad code", "updated": 5, "title": "坏", "price": "1"},
    ]
    answered = sent("POST", "/integrations/feeds/shop", {"data": {"goods": goods}})
    assert statuses(answered) == ["recorded", "invalid"]
    assert content(library()["1001"])["price_fen"] == 1990
    assert statuses(sent("POST", "/integrations/feeds/shop", {"data": {"goods": goods}})) == [
        "unchanged",
        "invalid",
    ]


def order(order_no: str, code: str) -> dict[str, Any]:
    line = {"product_code": code, "title": "旧称", "amount_fen": 100}
    row = {"order_no": order_no, "version": 1, "at": "2026-03-01T10:00:00+08:00", "amount_fen": 100}
    return {**row, "status": "paid", "crmid": "C-1", "lines": [line]}


def test_int_07_orders_that_came_before_their_product_are_linked_when_it_appears(
    feed: Any, tables: Any, follow: Follow, run_jobs: Callable[[], None]
) -> None:
    for number in range(3):
        (row,) = rows_of(sent("POST", "/integrations/orders", {"orders": [order(f"A{number}", "T-1")]}))
        assert (row["status"], row["unknown_products"]) == ("recorded", ["T-1"])
    follow()
    assert len(tables.rows("UNKNOWN#T-1")) == 3

    told(TEA)
    follow()
    run_jobs()
    follow()
    rows = tables.rows("ORDER#", "ORDER")
    assert ["flagged" in each for each in rows] == [False] * 3
    assert tables.rows("UNKNOWN#") == []
    from scrm.orders.dynamodb import order as stored

    assert stored("crm", "A0").sale().lines[0].title == "明前茶"


def test_int_07_an_order_whose_product_appears_just_then_is_linked_too(
    feed: Any, tables: Any, follow: Follow
) -> None:
    sent("POST", "/integrations/orders", {"orders": [order("A1", "T-1")]})
    told(TEA)
    records = tables.stream()
    products_first = sorted(records, key=lambda each: "PRODUCT" not in str(each["dynamodb"]["Keys"]))
    assert follow(products_first) == []
    assert "flagged" not in tables.rows("ORDER#crm#A1", "ORDER")[0]


def test_int_07_a_known_code_leads_to_the_library_s_item(feed: Any, follow: Follow, ask: Any) -> None:
    told(TEA)
    (row,) = rows_of(sent("POST", "/integrations/orders", {"orders": [order("A1", "T-1")]}))
    follow()
    (listed,) = ask("GET", f"/admin/customers/{row['customer_id']}/orders").json["items"]
    assert listed["lines"][0]["item_id"] == library()["T-1"].item_id


def test_a_code_made_in_the_console_is_a_product_that_orders_may_name(
    feed: Any, tables: Any, follow: Follow, ask: Any
) -> None:
    body = {"type": "standard", "code": "N-1", "name": "新茶", "category": "茶", "price_fen": 500}
    made = ask("POST", "/admin/products", body)
    assert made.status == 201, made.text
    item = made.json
    follow()
    (row,) = rows_of(sent("POST", "/integrations/orders", {"orders": [order("A1", "N-1")]}))
    assert row["unknown_products"] == []

    assert told({"code": "N-1", "version": 1, "name": "来自店铺"}) == ["recorded"]
    assert library()["N-1"].item_id == item["item_id"]
    assert content(library()["N-1"])["price_fen"] == 500


@pytest.mark.parametrize("link", [None, "https://shop.example.com/?sid={share_id}"])
def test_con_08_goods_with_and_without_a_code_are_made_in_the_console(
    feed: Any, ask: Any, link: str | None
) -> None:
    body = {
        "type": "nonstandard",
        "name": "年金险咨询",
        "category": "保险",
        **({"link": link} if link else {}),
    }
    assert ask("POST", "/admin/products", body).status == 201
    missing = ask("POST", "/admin/products", {**body, "type": "standard"})
    assert (missing.status, missing.json["errors"][0]["field"]) == (422, "code")


def test_a_code_stands_for_one_item_until_that_is_deleted(feed: Any, follow: Follow, ask: Any) -> None:
    told(TEA)
    follow()
    body = {"type": "standard", "code": "T-1", "name": "另一款茶"}
    taken = ask("POST", "/admin/products", body)
    assert (taken.status, taken.json["errors"]) == (
        422,
        [{"field": "code", "message": "商品「明前茶」已使用这个编码"}],
    )
    first = library()["T-1"].item_id
    assert ask("DELETE", f"/admin/products/{first}").status == 204
    made = ask("POST", "/admin/products", body)
    assert made.status == 201
    follow()
    from scrm.products.dynamodb import product

    known = product("T-1")
    assert known is not None
    assert known.item_id == made.json["item_id"]
