"""From one tap to money: prepared, sent, opened, passed on, bought (CON-11, CON-17, RPT-10)."""

from datetime import timedelta
from typing import Any

import pytest

from tests.component.http_world import Browser
from tests.component.identities.conftest import BEGAN
from tests.component.sends.conftest import forward, visit
from tests.component.sends.test_sidebar import ok, prepare, product

__all__ = ["product"]


@pytest.mark.parametrize("names_its_share", [True, False])
def test_con_11_what_a_customer_buys_after_a_send_is_its_sender_s(
    member: Browser,
    admin: Browser,
    there: str,
    product: str,
    told: Any,
    react: Any,
    at: Any,
    names_its_share: bool,
) -> None:
    prepared = prepare(member, "products", product, there).json
    ok(member, send_id=prepared["send_id"])
    token = prepared["payloads"][0]["text"]["content"].rsplit("/", 1)[1]
    at((BEGAN + timedelta(minutes=1)).isoformat())
    visit(token)
    forward(token)
    order = {
        "order_no": "A1",
        "version": 1,
        "at": (BEGAN + timedelta(minutes=2)).isoformat(),
        "status": "paid",
        "amount_fen": 19_900,
        "external_userid": there,
        **({"share_id": prepared["send_id"]} if names_its_share else {}),
    }
    at((BEGAN + timedelta(minutes=3)).isoformat())
    taken = told("/integrations/orders", {"orders": [order]})
    assert [each["status"] for each in taken.json["results"]] == ["recorded"], taken.text
    react()

    span = "from=2026-03-02&to=2026-03-02"
    (line,) = admin.send("GET", f"/admin/reports/content?{span}").json["lines"]
    assert line == {
        "id": product,
        "title": "安心保",
        "kind": "product",
        "reach": 1,
        "sends": 1,
        "opens": 1,
        "openers": 1,
        "open_rate": 1.0,
        "forwards": 1,
        "sharers": 1,
        "forward_rate": 1.0,
        "orders": 1,
        "fen": 19_900,
    }
    stats = admin.send("GET", f"/admin/products/{product}/stats?{span}").json
    assert stats["uses"] == {"sends": 1, "opens": 1, "forwards": 1, "orders": 1, "fen": 19_900}
    trace = member.send("GET", f"/sidebar/customers/{there}/timeline").json["items"]
    assert {"sent", "link_open", "share"} <= {each["kind"] for each in trace}
