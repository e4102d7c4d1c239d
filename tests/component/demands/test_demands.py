"""CUS-17: a schema of the business's own, records that fit it, and a demand as evidence for a stage."""

import pytest

from tests.component.http_world import befriended, logged_in
from tests.component.profile.known import id_of, know

HIRING = {
    "version": 0,
    "name": "招聘需求",
    "fields": [
        {"key": "headcount", "title": "人数", "type": "number", "required": True},
        {"key": "title", "title": "职位", "type": "text"},
        {"key": "salary", "title": "薪资", "type": "option", "options": ["1万", "2万"]},
        {"key": "places", "title": "地点", "type": "options", "options": ["杭州", "上海"]},
    ],
}
KIND = "/admin/demand-kinds/hiring"
VALUES = {"headcount": 3, "title": "销售 13800008000", "salary": "2万", "places": ["杭州"]}


def recorded(browser, external_userid, values=VALUES, root="workbench", key=None, kind="hiring"):
    headers = {"Idempotency-Key": key} if key else None
    path = f"/{root}/customers/{external_userid}/demands"
    return browser.send("POST", path, {"kind": kind, "values": values}, headers)


def test_cus_17_a_schema_and_a_record_round_trip(corp, ask):
    assert ask("PUT", KIND, HIRING).status == 200
    there, lisi = befriended(corp, "lisi"), logged_in(corp, "lisi")

    kinds = lisi.send("GET", "/workbench/demand-kinds").json["items"]
    made = recorded(lisi, there)
    listed = lisi.send("GET", f"/sidebar/customers/{there}/demands").json["items"]

    assert [(each["key"], [one["key"] for one in each["fields"]]) for each in kinds] == [
        ("hiring", ["headcount", "title", "salary", "places"])
    ]
    assert made.status == 201, made.text
    assert made.json["values"] == {**VALUES, "title": "销售 138****8000"}
    assert (made.json["kind_name"], made.json["status"], made.json["by"]) == ("招聘需求", "open", "lisi")
    assert listed == [made.json]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"headcount": "三"}, "values.headcount"),
        ({}, "values.headcount"),
        ({"headcount": 1, "salary": "9万"}, "values.salary"),
        ({"headcount": 1, "places": ["北京"]}, "values.places"),
        ({"headcount": 1, "colour": "x"}, "values.colour"),
    ],
)
def test_cus_17_what_does_not_fit_the_schema_is_refused_naming_the_field(corp, ask, tables, values, field):
    ask("PUT", KIND, HIRING)
    there = befriended(corp, "lisi")

    refused = recorded(logged_in(corp, "lisi"), there, values)

    assert refused.status == 422
    assert [each["field"] for each in refused.json["errors"]] == [field]
    assert tables.rows("DEMANDS#") == []


def test_the_same_key_records_once_and_an_unknown_kind_is_refused(corp, ask, tables):
    ask("PUT", KIND, HIRING)
    there, lisi = befriended(corp, "lisi"), logged_in(corp, "lisi")

    first, again = (recorded(lisi, there, key="k1") for _ in range(2))

    assert (first.status, again.json) == (201, first.json)
    assert len(tables.rows("DEMANDS#")) == 1
    assert recorded(lisi, there, kind="luck").json["errors"][0]["field"] == "kind"
    ask("PUT", KIND, {**HIRING, "version": 1, "active": False})
    assert recorded(lisi, there).status == 422


def test_a_demand_changes_by_version_and_a_masked_value_keeps_what_it_hides(corp, ask, tables):
    ask("PUT", KIND, HIRING)
    there, lisi = befriended(corp, "lisi"), logged_in(corp, "lisi")
    made = recorded(lisi, there).json
    path = f"/workbench/customers/{there}/demands/{made['demand_id']}"

    changed = lisi.send(
        "PUT", path, {"version": 1, "values": {**made["values"], "headcount": 5}, "status": "met"}
    )
    stale = lisi.send("PUT", path, {"version": 1, "values": VALUES})

    assert (changed.status, changed.json["status"], changed.json["version"]) == (200, "met", 2)
    assert tables.rows("DEMANDS#")[0]["values"].find("13800008000") > 0
    assert (stale.status, stale.code) == (409, "version_conflict")
    assert lisi.send("PUT", path + "x", {"version": 1, "values": VALUES}).status == 404


def test_seg_19_an_open_demand_is_evidence_and_one_that_was_dropped_is_none(corp, ask):
    ask("PUT", KIND, HIRING)
    stages = [
        {"key": "a", "name": "A", "definition": "甲"},
        {"key": "b", "name": "B", "definition": "乙", "needs": [{"any_of": [{"kind": "demand_recorded"}]}]},
    ]
    assert ask("PUT", "/admin/stages", {"version": 0, "stages": stages}).status == 200
    there, lisi = befriended(corp, "lisi"), logged_in(corp, "lisi")
    path = f"/workbench/customers/{there}"
    made = recorded(lisi, there).json
    one = f"{path}/demands/{made['demand_id']}"

    lisi.send("PUT", one, {"version": 1, "values": made["values"], "status": "dropped"})
    refused = lisi.send("POST", f"{path}/stage", {"to": "b"})
    lisi.send("PUT", one, {"version": 2, "values": made["values"], "status": "open"})
    allowed = lisi.send("POST", f"{path}/stage", {"to": "b"})

    assert [each["code"] for each in refused.json["missing"]] == ["demand_recorded"]
    assert allowed.status == 200
    assert (
        lisi.send("GET", f"{path}/stage-history").json["items"][0]["evidence"][0]["id"] == made["demand_id"]
    )


def test_only_who_may_see_the_customer_sees_and_records_demands(corp, ask):
    ask("PUT", KIND, HIRING)
    there = befriended(corp, "lisi")
    wangwu = logged_in(corp, "wangwu")

    assert recorded(wangwu, there).code == "no_access_to_customer"
    assert wangwu.send("GET", f"/workbench/customers/{there}/demands").code == "no_access_to_customer"


def test_demands_of_who_was_merged_are_one_list_and_stay_where_they_were(corp, ask, tables):
    ask("PUT", KIND, HIRING)
    one, other = befriended(corp, "lisi"), befriended(corp, "lisi")
    lisi = logged_in(corp, "lisi")
    made = recorded(lisi, other).json
    know(one, absorbed=(id_of(other),))
    know(other, merged_into=id_of(one))

    path = f"/workbench/customers/{one}/demands/{made['demand_id']}"
    assert lisi.send("PUT", path, {"version": 1, "values": made["values"], "status": "met"}).status == 200

    assert [row["PK"] for row in tables.rows("DEMANDS#")] == [f"DEMANDS#{id_of(other)}"]
    assert [
        each["status"] for each in lisi.send("GET", f"/workbench/customers/{one}/demands").json["items"]
    ] == ["met"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"fields": []}, "fields"),
        ({"fields": [{"key": "a", "title": "甲"}, {"key": "a", "title": "乙"}]}, "fields.1.key"),
        ({"fields": [{"key": "a", "title": "甲", "type": "option"}]}, "fields.0.options"),
        ({"fields": [{"key": "a", "title": "甲", "options": ["x"]}]}, "fields.0.options"),
    ],
)
def test_what_cannot_be_a_kind_is_refused_naming_the_field(ask, change, field):
    refused = ask("PUT", KIND, {**HIRING, **change})

    assert refused.status == 422
    assert [each["field"] for each in refused.json["errors"]] == [field]


def test_a_kind_is_versioned_and_audited(ask, tables):
    first, stale = ask("PUT", KIND, HIRING), ask("PUT", KIND, HIRING)

    assert (first.json["version"], stale.code) == (1, "version_conflict")
    assert ask("PUT", "/admin/demand-kinds/Bad-Key", HIRING).json["errors"][0]["field"] == "demand_kind"
    assert [row["action"] for row in tables.rows("AUDIT", "2")] == ["demand_kind_changed"]


def test_the_audit_log_is_told_no_number(corp, ask, tables):
    ask("PUT", KIND, HIRING)
    there = befriended(corp, "lisi")
    assert recorded(logged_in(corp, "lisi"), there).status == 201

    assert "13800008000" not in str(tables.rows("AUDIT"))
