"""Consent is told by staff, administrators and other systems; the latest word holds (OAE-13, PIPL 15)."""

from typing import Any

import pytest

from tests.component.http_world import Browser, befriended, logged_in
from tests.component.integrations_api.test_integrations import send

OPT_OUT = {"purpose": "marketing", "given": False, "source": "微信会话"}


@pytest.fixture
def there(corp):
    return befriended(corp, "lisi")


@pytest.fixture
def lisi(corp):
    return logged_in(corp, "lisi")


def put(browser: Browser, there: str, *words: dict[str, Any], root: str = "sidebar", **more: Any) -> Any:
    return browser.send("PUT", f"/{root}/customers/{there}/consents", {"consents": list(words), **more})


def stored(tables: Any) -> Any:
    (row,) = tables.rows("CUSTOMER#", "CUSTOMER")
    return row


@pytest.mark.parametrize("root", ["sidebar", "workbench"])
def test_oae_13_an_opt_out_is_kept_with_who_told_it_and_how_they_know(lisi, there, tables, root):
    told = put(lisi, there, OPT_OUT, root=root)

    assert told.status == 200, told.text
    assert told.json["may_market"] is False
    marketing = told.json["consents"][0]
    assert (marketing["allowed"], marketing["source"], marketing["by"]) == (False, "微信会话", "lisi")
    assert stored(tables)["opted_out_at"] == "2026-03-02T02:15:00Z"
    assert lisi.send("GET", f"/{root}/customers/{there}/consents").json == told.json


def test_each_word_stays_in_the_history(corp, lisi, there):
    put(lisi, there, {**OPT_OUT, "at": "2026-03-01T09:00:00+08:00"})
    put(lisi, there, {"purpose": "marketing", "given": True, "source": "门店签字"})
    put(lisi, there, {"purpose": "chat_archive", "given": True, "source": "弹窗"})

    seen = logged_in(corp, "admin").send("GET", f"/admin/customers/{there}/consents").json

    words = [(each["purpose"], each["given"], each["source"]) for each in seen["history"]]
    assert sorted(words[:2]) == [("chat_archive", True, "弹窗"), ("marketing", True, "门店签字")]
    assert words[2] == ("marketing", False, "微信会话")
    assert seen["may_market"] is True


def test_a_word_older_than_what_is_known_is_kept_and_changes_nothing(corp, lisi, there):
    put(lisi, there, OPT_OUT)
    late = put(lisi, there, {**OPT_OUT, "given": True, "at": "2026-03-01T09:00:00+08:00"})

    assert late.json["may_market"] is False
    history = logged_in(corp, "admin").send("GET", f"/admin/customers/{there}/consents").json["history"]
    assert [each["given"] for each in history] == [False, True]


def test_the_same_word_twice_is_one_change(lisi, there, tables):
    first, again = put(lisi, there, OPT_OUT), put(lisi, there, OPT_OUT)

    assert first.json == again.json
    assert len(tables.rows("CUSTOMER#", "CONSENT#")) == 1


def test_a_stale_version_is_refused(lisi, there):
    version = put(lisi, there, OPT_OUT).json["version"]

    refused = put(lisi, there, {**OPT_OUT, "given": True}, version=version - 1)

    assert (refused.status, refused.code) == (409, "version_conflict")


@pytest.mark.parametrize(
    ("word", "field"),
    [
        ({**OPT_OUT, "purpose": "spying"}, "consents.0.purpose"),
        ({**OPT_OUT, "source": ""}, "consents.0.source"),
        ({**OPT_OUT, "at": "2026-03-02T11:15:00+08:00"}, "consents.0.at"),
        ({"purpose": "marketing", "given": False}, "consents.0.source"),
    ],
)
def test_what_is_wrong_is_named(lisi, there, word, field):
    refused = put(lisi, there, word)

    assert refused.status == 422
    assert [each["field"] for each in refused.json["errors"]] == [field]


def test_each_change_leaves_its_audit_line(lisi, there, tables):
    put(lisi, there, OPT_OUT)

    (line,) = tables.rows("AUDIT", "2026")
    assert (line["actor"], line["action"]) == ("lisi", "consents_changed")


def test_who_may_not_see_the_customer_may_not_speak_for_them(corp, there):
    assert put(logged_in(corp, "wangwu"), there, OPT_OUT).status == 403


def test_an_administrator_tells_it_for_any_customer_by_either_id(corp, there, tables):
    admin = logged_in(corp, "admin")
    customer_id = stored(tables)["PK"].partition("#")[2]

    assert put(admin, there, OPT_OUT, root="admin").json["may_market"] is False
    assert admin.send("GET", f"/admin/customers/{customer_id}/consents").json["may_market"] is False
    assert put(admin, "wmNobody", OPT_OUT, root="admin").status == 404


@pytest.mark.parametrize("who", ["external_userid", "customer_id", "phone"])
def test_another_system_tells_it_by_any_id(crm, tables, who):
    there = befriended(crm, "lisi")
    customer_id = stored(tables)["PK"].partition("#")[2]
    ids = {"external_userid": there, "customer_id": customer_id, "phone": "13800138000"}
    send("POST", "/integrations/identities", {"external_userid": there, "phone": "138 0013 8000"})

    told = send("POST", "/integrations/consents", {who: ids[who], "consents": [OPT_OUT]})

    assert told.status == 200, told.text
    assert (told.json["customer_id"], told.json["may_market"]) == (customer_id, False)
    assert told.json["consents"][0]["by"] == "key:crm"


def test_another_system_names_exactly_one_person_who_is_known(crm):
    body = {"consents": [OPT_OUT]}

    assert send("POST", "/integrations/consents", body).status == 422
    assert (
        send("POST", "/integrations/consents", {**body, "crmid": "1", "phone": "13800138000"}).status == 422
    )
    assert send("POST", "/integrations/consents", {**body, "crmid": "unknown"}).status == 404
