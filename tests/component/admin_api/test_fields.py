"""Custom fields: made in the console, asked of every writer, shown by group (spec CUS-13, INT-05)."""

from dataclasses import replace

import pytest

from scrm import clock
from scrm.customers.dynamodb import Customers
from scrm.customers.model import customer_id_of
from tests.component.conftest import CORP_ID
from tests.component.http_world import befriended, logged_in

BUDGET = {"key": "budget", "title": "预算", "type": "number", "group": "interest", "filterable": True}


@pytest.fixture
def budget(ask):
    answered = ask("POST", "/admin/fields", BUDGET)
    assert answered.status == 201, answered.text
    return answered.json


def edited(corp, there, values, userid="lisi"):
    path = f"/sidebar/customers/{there}"
    return logged_in(corp, userid).send("PATCH", path, {"custom_fields": values})


def test_cus_13_a_field_is_made_read_changed_and_deleted(ask, budget, tables):
    assert (budget["group_title"], budget["version"], budget["roles"]) == ("兴趣属性", 1, [])
    assert ask("GET", "/admin/fields", role="service").json["items"] == [budget]

    changed = ask("PUT", "/admin/fields/budget", {"title": "年预算", "version": 1})
    assert (changed.json["title"], changed.json["version"], changed.json["type"]) == ("年预算", 2, "number")
    stale = ask("PUT", "/admin/fields/budget", {"title": "旧", "version": 1})
    assert (stale.status, stale.code) == (409, "version_conflict")

    assert ask("DELETE", "/admin/fields/budget").status == 204
    assert ask("DELETE", "/admin/fields/budget").status == 404
    actions = [row["action"] for row in tables.rows("AUDIT") if row["SK"] != "HEAD"]
    assert actions == ["field_created", "field_changed", "field_deleted"]


def test_the_same_field_again_is_the_first_and_another_of_its_key_a_conflict(ask, budget):
    assert ask("POST", "/admin/fields", BUDGET).json == budget
    other = ask("POST", "/admin/fields", {**BUDGET, "type": "text"})
    assert (other.status, other.code) == (409, "field_exists")


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"type": "colour"}, "type"),
        ({"key": "9x"}, "key"),
        ({"title": ""}, "title"),
        ({"type": "option"}, "body"),
        ({"options": ["a"]}, "body"),
        ({"unknown": 1}, "unknown"),
    ],
)
def test_a_wrong_field_is_refused_by_name(ask, wrong, place):
    answered = ask("POST", "/admin/fields", {**BUDGET, **wrong})
    assert answered.status == 422
    assert [each["field"] for each in answered.json["errors"]] == [place]


def test_at_most_twenty_fields_go_onto_cards(ask):
    from scrm.fields.dynamodb import fields

    for number in range(20):
        assert ask("POST", "/admin/fields", {**BUDGET, "key": f"f{number}"}).status == 201
    over = ask("POST", "/admin/fields", {**BUDGET, "key": "f20"})
    assert (over.status, over.json["errors"][0]["field"]) == (422, "filterable")
    assert ask("POST", "/admin/fields", {**BUDGET, "key": "f20", "filterable": False}).status == 201
    assert fields(clock.now()) == {f"f{number}": "number" for number in range(20)}


def test_cus_13_the_sidebar_takes_a_value_of_the_fields_type_only(ask, corp, budget):
    there = befriended(corp, "lisi")

    wrong = edited(corp, there, {"budget": "很多", "free": "可以"})
    assert (wrong.status, wrong.json["errors"]) == (
        422,
        [{"field": "custom_fields.budget", "message": "应为数字"}],
    )
    assert edited(corp, there, {"budget": 5000, "free": "可以"}).status == 200


def test_unknown_keys_are_refused_where_the_corp_says_so(ask, corp, budget):
    there = befriended(corp, "lisi")
    assert ask("PUT", "/admin/settings", {"strict_fields": True}).status == 200

    refused = edited(corp, there, {"free": "不行", "budget": 1})
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "custom_fields.free")
    assert edited(corp, there, {"budget": 1}).status == 200


def test_several_options_are_stored_once_each(ask, corp):
    body = {"key": "tea", "title": "茶", "type": "options", "options": ["绿茶", "红茶"]}
    assert ask("POST", "/admin/fields", body).status == 201
    there = befriended(corp, "lisi")

    kept = edited(corp, there, {"tea": ["红茶", "绿茶", "红茶"]})
    assert kept.json["customer"]["custom_fields"] == {"tea": ["红茶", "绿茶"]}
    assert edited(corp, there, {"tea": ["白茶"]}).status == 422


def test_int_05_what_the_crm_masters_is_not_edited_here(ask, corp, budget):
    assert ask("PUT", "/admin/fields/budget", {"mastered_by_crm": True}).status == 200
    there = befriended(corp, "lisi")
    assert edited(corp, there, {"budget": 1}).status == 200  # nobody's CRM knows them yet

    rows = Customers()
    known = rows.customer(customer_id_of(CORP_ID, there), consistent=True)
    assert known is not None
    rows.save_customer(replace(known, identities=(("crmid", "C-1"),)), clock.now())

    refused = edited(corp, there, {"budget": 2, "free": "x"})
    assert (refused.status, refused.code) == (409, "mastered_by_crm")
    assert refused.json["errors"] == [{"field": "custom_fields.budget", "message": "由 CRM 维护"}]
    assert edited(corp, there, {"budget": 1, "free": "x"}).status == 200  # sent back as it was


def test_a_field_for_other_roles_is_not_written_by_this_one(ask, corp, budget):
    assert ask("PUT", "/admin/fields/budget", {"roles": ["finance"]}).status == 200
    there = befriended(corp, "lisi")

    refused = edited(corp, there, {"budget": 2})
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "custom_fields.budget")


def test_a_masked_value_that_is_sent_back_stays(ask, corp):
    assert (
        ask("POST", "/admin/fields", {"key": "card", "title": "证件", "type": "text", "masked": True}).status
        == 201
    )
    there = befriended(corp, "lisi")
    assert edited(corp, there, {"card": "ABC"}).status == 200

    assert edited(corp, there, {"card": "***", "free": "x"}).status == 200
    known = Customers().customer(customer_id_of(CORP_ID, there))
    assert known is not None
    assert known.custom_fields == {"card": "ABC", "free": "x"}
