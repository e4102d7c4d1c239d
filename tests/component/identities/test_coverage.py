"""spec IDN-08, M17 and IDN-25 in the console."""

from typing import Any

from scrm import clock


def test_idn_08_m17_identified_customers_among_all_each_once(admin: Any, tables: Any) -> None:
    from scrm.cards.dynamodb import CardRow, add_month, month_of
    from scrm.cards.model import Card

    assert admin.send("GET", "/admin/reports/identification").json == {
        "customers": 0,
        "identified": 0,
        "rate": None,
    }
    for number in range(12):
        for userid in ("lisi", "wangwu")[: 1 + number % 2]:
            card = Card(
                f"cu_{number}",
                f"wm{number}",
                userid,
                added_at=clock.now(),
                identified=number < 9,
                fields={"identified": True},
            )
            CardRow.of(card, 1).put()
            add_month(month_of(card))
    CardRow.gone("cu_0", "lisi#wm0", 2, clock.now()).put()
    CardRow.of(Card("cu_0", "wm0", "wangwu", added_at=clock.now(), identified=True), 1).put()

    shown = admin.send("GET", "/admin/reports/identification").json

    assert shown == {"customers": 12, "identified": 9, "rate": 0.75}


def test_idn_25_three_methods_are_returned_and_the_phone_is_indexed(
    admin: Any, bind: Any, tables: Any
) -> None:
    customer_id = bind(crmid="C-1", email="a@example.com").json["customer_id"]
    methods = [
        {"type": "mobile", "value": "+86 138-0000-8000"},
        {"type": "landline", "value": "021-12345678"},
        {"type": "email", "value": "A@Example.com"},
    ]

    put = admin.send("PUT", f"/admin/customers/{customer_id}/contact-methods", {"methods": methods})

    assert [each["type"] for each in put.json["contact_methods"]] == ["mobile", "landline", "email"]
    assert put.json["contact_methods"][0]["value"] == "138****8000"
    found = admin.send("GET", "/admin/customers:lookup?kind=phone&value=13800008000")
    assert found.json["parts"] == [customer_id]
    other = bind(crmid="C-2", email="b@example.com").json["customer_id"]
    refused = admin.send("PUT", f"/admin/customers/{other}/contact-methods", {"methods": methods[:1]})
    assert (refused.status, refused.code) == (409, "identity_conflict")
    assert len(tables.rows("CONFLICTS")) == 1
