"""CUS-16: a company with several people, one of them the key person."""

import pytest

from tests.component.http_world import befriended, logged_in
from tests.component.profile.known import id_of, know

COMPANY = {
    "name": "华信科技",
    "nature": "民营",
    "size": "100-499 人",
    "funding": "B 轮",
    "people": [
        {"name": "王总", "title": "总经理", "phone": "13800008000", "is_kp": True},
        {"name": "小李", "title": "采购"},
    ],
}


def path(external_userid, root="sidebar"):
    return f"/{root}/customers/{external_userid}/account"


def test_cus_16_an_account_with_two_people_one_key_person_is_shown_whole(corp):
    there, lisi = befriended(corp, "lisi"), logged_in(corp, "lisi")
    before = lisi.send("GET", path(there)).json

    put = lisi.send("PUT", path(there), COMPANY)

    assert (before["name"], before["people"], before["version"]) == ("", [], 0)
    assert put.status == 200, put.text
    for root in ("sidebar", "workbench"):
        shown = lisi.send("GET", path(there, root)).json
        assert shown == put.json
        assert {name: shown[name] for name in ("name", "nature", "size", "funding")} == {
            name: COMPANY[name] for name in ("name", "nature", "size", "funding")
        }
        assert [(each["name"], each["phone"], each["is_kp"]) for each in shown["people"]] == [
            ("王总", "138****8000", True),
            ("小李", "", False),
        ]
    assert (shown["version"], shown["updated_by"]) == (1, "lisi")


def test_a_masked_phone_keeps_the_one_it_stands_for_and_a_stale_version_is_refused(corp, tables):
    there, lisi = befriended(corp, "lisi"), logged_in(corp, "lisi")
    people = lisi.send("PUT", path(there), COMPANY).json["people"]

    again = lisi.send("PUT", path(there), {**COMPANY, "people": people, "version": 1})
    stale = lisi.send("PUT", path(there), {**COMPANY, "version": 1})

    assert (again.status, again.json["version"]) == (200, 2)
    assert "13800008000" in tables.rows("ACCOUNTS#")[0]["people"]
    assert (stale.status, stale.code) == (409, "version_conflict")
    assert all("13800008000" not in str(row) for row in tables.rows("AUDIT"))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"people": [{"name": "王总", "phone": "138****9999"}]}, "people.0.phone"),
        ({"people": [{"name": "王总", "phone": "abc"}]}, "people.0.phone"),
        ({"people": [{"name": "王总", "is_kp": "yes"}]}, "people.0.is_kp"),
        ({"people": [{"name": "x"}] * 51}, "people"),
    ],
)
def test_what_cannot_be_an_account_is_refused_naming_the_field(corp, tables, change, field):
    there = befriended(corp, "lisi")

    refused = logged_in(corp, "lisi").send("PUT", path(there), {**COMPANY, **change})

    assert refused.status == 422
    assert [each["field"] for each in refused.json["errors"]] == [field]
    assert tables.rows("ACCOUNTS#") == []


def test_only_who_may_see_the_customer_sees_and_changes_the_account(corp):
    there = befriended(corp, "lisi")
    wangwu = logged_in(corp, "wangwu")

    assert wangwu.send("GET", path(there)).code == "no_access_to_customer"
    assert wangwu.send("PUT", path(there), COMPANY).code == "no_access_to_customer"


def test_the_account_of_who_was_merged_is_the_customers_and_stays_where_it_was(corp, tables):
    one, other = befriended(corp, "lisi"), befriended(corp, "lisi")
    lisi = logged_in(corp, "lisi")
    lisi.send("PUT", path(other), COMPANY)
    know(one, absorbed=(id_of(other),))
    know(other, merged_into=id_of(one))

    assert lisi.send("GET", path(one)).json["name"] == "华信科技"
    assert lisi.send("PUT", path(one), {**COMPANY, "name": "华信", "version": 1}).status == 200
    assert [(row["PK"], row["name"]) for row in tables.rows("ACCOUNTS#")] == [
        (f"ACCOUNTS#{id_of(other)}", "华信")
    ]
