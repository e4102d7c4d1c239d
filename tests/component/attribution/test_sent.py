"""From one tap in the sidebar to whose sale it is: CON-10, CON-11, CUS-15."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.component.attribution.sold import attributed, ordered, refunded, sums
from tests.component.http_world import befriended, logged_in

Follow = Callable[..., list[str]]
LINK = "https://course.example.com/buy?sid={share_id}&by={userid}"


def test_con_11_a_product_that_was_sent_is_bought_and_the_sale_is_the_sender_s(
    feed: Any, tables: Any, follow: Follow, ask: Any, at: Any
) -> None:
    at("2026-03-19T10:15:00+08:00")
    body = {"type": "nonstandard", "name": "理财入门课", "category": "网课", "link": LINK}
    item_id = ask("POST", "/admin/products", body).json["item_id"]
    there = befriended(feed, "lisi")
    befriended(feed, "wangwu", external_userid=there)
    me = logged_in(feed, "lisi")
    prepared = me.send("POST", f"/sidebar/products/{item_id}:prepare", {"external_userid": there})
    assert prepared.status in {200, 201}, prepared.text
    share_id = prepared.json["send_id"]
    told = me.send("POST", "/sidebar/sends", {"send_id": share_id, "ok": True})
    assert told.status < 300, told.text
    follow()

    target = next(row["target"] for row in tables.rows("LINK#"))
    carried = parse_qs(urlsplit(target).query)["sid"][0]
    assert carried == share_id

    at("2026-03-22T10:15:00+08:00")
    lines = [{"product_code": "COURSE", "amount_fen": 19_900}]
    row = ordered(crmid=None, external_userid=there, fen=19_900, share_id=carried, lines=lines)
    assert row["unknown_share"] is False
    follow()
    refunded("r1", 9_900)
    follow()

    found = attributed()
    assert (found.decision.rule, found.members) == ("share", {"lisi": 10_000})
    assert sums(tables, "products") == {"COURSE": 10_000}
    (bought,) = ask("GET", f"/admin/customers/{there}/origin").json["orders_after"]
    assert bought["attribution"]["share_id"] == share_id
    assert bought["attribution"]["item_id"] == item_id
    from scrm.sends.uses_dynamodb import uses_of

    counted = uses_of("product", item_id)
    assert (counted.sends, counted.orders, counted.fen) == (1, 1, 10_000)


def test_con_11_a_send_without_the_order_s_share_id_counts_within_the_window(
    feed: Any, tables: Any, follow: Follow, ask: Any, at: Any
) -> None:
    at("2026-03-19T10:15:00+08:00")
    body = {"type": "nonstandard", "name": "理财入门课", "link": LINK}
    item_id = ask("POST", "/admin/products", body).json["item_id"]
    there = befriended(feed, "lisi")
    me = logged_in(feed, "lisi")
    me.send(
        "POST",
        "/sidebar/sends",
        {"item": {"kind": "product", "id": item_id}, "external_userid": there, "ok": True},
    )
    follow()
    at("2026-03-22T10:15:00+08:00")
    ordered(crmid=None, external_userid=there)
    follow()
    found = attributed()
    assert (found.decision.rule, found.decision.share.how, found.members) == (
        "share",
        "sent",
        {"lisi": 100_000},
    )


def test_con_11_a_share_id_that_was_prepared_and_never_sent_in_time_is_nobody_s(
    feed: Any, tables: Any, follow: Follow, ask: Any, at: Any
) -> None:
    """Deletion by TTL is days late: what it has not deleted yet decides no sale."""
    at("2026-02-10T10:15:00+08:00")
    body = {"type": "nonstandard", "name": "理财入门课", "link": LINK}
    item_id = ask("POST", "/admin/products", body).json["item_id"]
    there = befriended(feed, "lisi")
    me = logged_in(feed, "lisi")
    prepared = me.send("POST", f"/sidebar/products/{item_id}:prepare", {"external_userid": there})
    share_id = prepared.json["send_id"]

    at("2026-03-22T10:15:00+08:00")
    row = ordered(crmid=None, external_userid=there, share_id=share_id)
    follow()

    assert row["unknown_share"] is True
    assert attributed().decision.share is None
