"""spec IDN-08, M17 and IDN-25 in the console."""

from hashlib import sha256
from typing import Any

from scrm import clock
from tests.component.http_world import befriended, change_member, logged_in


def test_idn_08_m17_identified_customers_among_all_each_once(admin: Any, tables: Any) -> None:
    from scrm.cards.dynamodb import CardRow, add_month, month_of
    from scrm.cards.model import Card

    nobody = admin.send("GET", "/admin/reports/identification").json
    assert (nobody["customers"], nobody["identified"], nobody["rate"]) == (0, 0, None)
    for number in range(12):
        for userid in ("lisi", "wangwu")[: 1 + number % 2]:
            card = Card(
                f"cu_{number}",
                f"wm{number}",
                userid,
                added_at=clock.now(),
                identified=number < 9,
                first=userid == "lisi",
                fields={"identified": True},
            )
            CardRow.of(card, 1).put()
            add_month(month_of(card))
    CardRow.gone("cu_0", "lisi#wm0", 2, clock.now()).put()
    CardRow.of(Card("cu_0", "wm0", "wangwu", added_at=clock.now(), identified=True, first=True), 2).put()

    shown = admin.send("GET", "/admin/reports/identification").json

    assert (shown["customers"], shown["identified"], shown["rate"]) == (12, 9, 0.75)
    assert shown["as_of"].startswith("2026-03-02T10:15:00")


def test_idn_08_more_than_a_request_may_read_are_counted_by_a_job(admin: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("scrm.reports.census.LIVE_PAGES", 0)
    add_a_month()

    refused = admin.send("GET", "/admin/reports/identification")

    assert (refused.status, refused.code) == (409, "not_computed")


def add_a_month() -> None:
    from scrm.cards.dynamodb import add_month

    add_month("2026-03")


def test_a_phone_is_looked_up_within_the_data_scope_alone(admin: Any, corp: Any, bind: Any) -> None:
    change_member("wangwu", role="service", data_scope="own")
    there = befriended(corp, "lisi")
    bind(external_userid=there, phone="13800008000")
    bind(crmid="C-9", phone="13900009000")
    service = logged_in(corp, "wangwu")
    path = "/admin/customers:lookup?kind=phone&value="

    answers = [service.send("GET", path + each) for each in ("13800008000", "13900009000", "13700007000")]

    assert {(each.status, each.text) for each in answers} == {(403, answers[0].text)}
    befriended(corp, "wangwu", external_userid=there)
    assert service.send("GET", path + "13800008000").status == 200


def test_a_customers_id_does_not_tell_the_phone_they_were_made_by(bind: Any) -> None:
    made = bind(phone="13800008000", email="a@example.com").json["customer_id"]

    texts = ["phone\x0013800008000", "email\0a@example.com\0phone\x0013800008000"]
    assert made not in {"cu_" + sha256(each.encode()).hexdigest()[:24] for each in texts}
    assert bind(phone="13800008000", email="a@example.com").json["customer_id"] == made


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
