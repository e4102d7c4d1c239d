"""Foreign payloads land in our feeds as their mapping says; unknown fields are reported (INT-03)."""

from typing import Any

import pytest

from tests.component.console import Ask, ask
from tests.component.integrations_api.senders import rows_of, sent, statuses

__all__ = ["ask"]

BILLING = {
    "target": "customers",
    "rows": "data.members",
    "parts": {
        "crmid": {"path": "id", "kind": "text"},
        "version": {"path": "updated", "kind": "integer"},
        "name": {"path": "profile.name"},
        "fields.level": {"path": "profile.level", "values": {"3": "金卡", "4": "钻石"}},
        "fields.balance": {"path": "balance", "kind": "number"},
    },
    "ignored": ["profile.avatar"],
}


def payload(**more: Any) -> dict[str, Any]:
    profile = {"name": "王小雨", "level": 3, "avatar": "x"}
    return {"data": {"members": [{"id": 7, "updated": 5, "profile": profile, "balance": "12.5", **more}]}}


@pytest.fixture
def billing(feed: Any, ask: Ask) -> Any:
    for key, kind, options in (("level", "option", ["金卡", "钻石"]), ("balance", "number", [])):
        body = {"key": key, "title": key, "type": kind, "options": options}
        assert ask("POST", "/admin/fields", body).status == 201
    answered = ask("PUT", "/admin/mappings/billing", BILLING)
    assert answered.status == 200, answered.text
    return answered.json


def customer() -> Any:
    from scrm.customers.dynamodb import Customers
    from scrm.identities.dynamodb import Identities

    return Customers().customer(str(Identities().owner("crmid", "7", consistent=True)), consistent=True)


def test_int_03_a_billing_feed_lands_in_the_typed_schema_and_the_unknown_is_reported(billing: Any) -> None:
    (row,) = rows_of(sent("POST", "/integrations/feeds/billing", payload(coupon={"id": 1})))
    assert (row["status"], row["unknown_fields"]) == ("recorded", ["coupon.id"])
    assert customer().custom_fields == {"level": "金卡", "balance": 12.5}
    assert customer().name == "王小雨"
    assert statuses(sent("POST", "/integrations/feeds/billing", payload())) == ["unchanged"]


def test_a_value_that_cannot_be_read_or_does_not_fit_names_our_field(billing: Any) -> None:
    for wrong, place in (({"balance": "viel"}, "fields.balance"), ({"id": None}, "crmid")):
        (row,) = rows_of(sent("POST", "/integrations/feeds/billing", payload(**wrong)))
        assert (row["status"], row["errors"][0]["field"]) == ("invalid", place)


def test_orders_of_an_erp_are_read_with_their_lines(feed: Any, ask: Ask, tables: Any) -> None:
    mapping = {
        "target": "orders",
        "source": "sap",
        "parts": {
            "order_no": {"path": "no"},
            "version": {"constant": 1},
            "at": {"path": "created", "kind": "time"},
            "status": {"path": "state", "values": {"P": "paid", "N": "placed"}},
            "amount_fen": {"path": "total", "kind": "yuan"},
            "crmid": {"path": "customer"},
            "lines": {
                "path": "items",
                "rows": {"product_code": {"path": "sku"}, "amount_fen": {"path": "fee", "kind": "yuan"}},
            },
        },
    }
    assert ask("PUT", "/admin/mappings/erp", mapping).status == 200
    items = [{"sku": "P", "fee": "199.00"}]
    order = {
        "no": "1",
        "created": "2026-03-01 10:00:00",
        "state": "P",
        "total": 199,
        "customer": "C",
        "items": items,
    }

    assert statuses(sent("POST", "/integrations/feeds/erp", [order])) == ["recorded"]
    assert [row["PK"] for row in tables.rows("ORDER#")] == ["ORDER#sap#1"]
    assert tables.rows("ORDERS#")[0]["paid_fen"] == 19900


@pytest.mark.parametrize(
    "body", [[], {"data": {"members": []}}, {"data": {"members": [{}] * 101}}, 5, {"data": 1}]
)
def test_a_payload_without_rows_is_refused(billing: Any, body: Any) -> None:
    assert sent("POST", "/integrations/feeds/billing", body).status == 422


def test_a_feed_nobody_defined_is_not_there(feed: Any) -> None:
    assert sent("POST", "/integrations/feeds/nothing", {}).status == 404


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"parts": {"fields.nothing": {"path": "a"}}}, "parts.fields.nothing"),
        ({"parts": {"surname": {"path": "a"}}}, "parts.surname"),
        ({"parts": {"name": {}}}, "parts.name.path"),
        ({"parts": {"name": {"path": "a", "rows": {"title": {"path": "b"}}}}}, "parts.name.rows"),
        ({"target": "planets"}, "target"),
        ({"parts": {}}, "parts"),
    ],
)
def test_a_mapping_that_leads_nowhere_is_refused(billing: Any, ask: Ask, wrong: Any, place: str) -> None:
    answered = ask("PUT", "/admin/mappings/billing", {**BILLING, **wrong})
    assert (answered.status, answered.json["errors"][0]["field"]) == (422, place)


def test_a_mapping_is_versioned_audited_and_deleted(billing: Any, ask: Ask, tables: Any) -> None:
    assert ask("PUT", "/admin/mappings/billing", BILLING).json == billing
    assert ask("PUT", "/admin/mappings/billing", {**BILLING, "version": 9}).status == 409
    changed = ask("PUT", "/admin/mappings/billing", {**BILLING, "version": 1, "ignored": []})
    assert changed.json["version"] == 2
    listed = ask("GET", "/admin/mappings", role="auditor").json["items"]
    assert [each["feed"] for each in listed] == ["billing"]
    assert ask("PUT", "/admin/mappings/Billing!", BILLING).status == 422
    assert ask("DELETE", "/admin/mappings/billing").status == 204
    assert sent("POST", "/integrations/feeds/billing", payload()).status == 404
    actions = [row["action"] for row in tables.rows("AUDIT") if row["SK"] != "HEAD"]
    assert actions[-3:] == ["mapping_changed", "mapping_changed", "mapping_deleted"]
