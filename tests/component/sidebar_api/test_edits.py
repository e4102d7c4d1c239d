"""What a member changes about a customer: at WeCom, here, and in the audit log."""

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.component.conftest import CORP_ID
from tests.component.http_world import befriended, calls_of, corp_tag, logged_in

REMARK = "externalcontact/remark"
MARK = "externalcontact/mark_tag"


def relation_of(external_userid: str, userid: str = "lisi") -> Any:
    from scrm.customers.dynamodb import Customers

    return Customers().relation(external_userid, userid, consistent=True)


def customer_of(external_userid: str) -> Any:
    from scrm.customers.dynamodb import Customers
    from scrm.customers.model import customer_id_of

    return Customers().customer(customer_id_of(CORP_ID, external_userid), consistent=True)


def save(relation: Any) -> None:
    from scrm import clock
    from scrm.customers.dynamodb import Customers

    Customers().save_relation(relation, clock.now())


def audit(tables: Any) -> list[tuple[str, str, Any, Any]]:
    """Return (actor, action, before, after) of every line, oldest first."""
    return [
        (
            row["actor"],
            row["action"],
            json.loads(row.get("before") or "null"),
            json.loads(row.get("after") or "null"),
        )
        for row in tables.rows("AUDIT")
        if row["SK"] != "HEAD"
    ]


def patch(browser: Any, there: str, body: dict[str, Any], method: str = "PATCH") -> Any:
    return browser.send(method, f"/sidebar/customers/{there}", body)


def tag(browser: Any, there: str, **body: Any) -> Any:
    return browser.send("POST", f"/sidebar/customers/{there}/tags", body)


# ------------------------------------------------------------------ remark


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_a_remark_is_set_at_wecom_and_here_with_one_line_in_the_audit_log(corp, tables, method):
    there = befriended(corp, "lisi", remark="小雨")
    browser = logged_in(corp, "lisi")

    answered = patch(browser, there, {"remark": "小雨-VIP", "version": 1}, method)

    assert answered.status == 200
    assert answered.json["relation"]["remark"] == relation_of(there).remark == "小雨-VIP"
    assert answered.json["relation"]["change_unanswered"] is False
    assert calls_of(corp, REMARK) == [{"userid": "lisi", "external_userid": there, "remark": "小雨-VIP"}]
    assert corp.people.relation("lisi", there).remark == "小雨-VIP"
    assert audit(tables) == [("lisi", "relation_edited", {"remark": "小雨"}, {"remark": "小雨-VIP"})]


def test_everything_wecom_keeps_goes_in_one_call_and_only_what_changed(corp):
    there = befriended(corp, "lisi", remark="小雨", mobiles=("13800008000",))
    wanted = {
        "remark": "小雨",
        "description": "咨询过",
        "company": "茶馆",
        "phones": ["138****8000", "13900009000"],
    }

    answered = patch(logged_in(corp, "lisi"), there, wanted)

    assert calls_of(corp, REMARK) == [
        {
            "userid": "lisi",
            "external_userid": there,
            "description": "咨询过",
            "remark_company": "茶馆",
            "remark_mobiles": ["13800008000", "13900009000"],
        }
    ]
    assert answered.json["relation"]["phones"] == ["138****8000", "139****9000"]
    assert relation_of(there).mobiles == ("13800008000", "13900009000")


def test_phones_can_be_cleared(corp):
    there = befriended(corp, "lisi", mobiles=("13800008000",))

    assert patch(logged_in(corp, "lisi"), there, {"phones": []}).json["relation"]["phones"] == []
    assert calls_of(corp, REMARK)[0]["remark_mobiles"] == [""]


def test_what_is_already_so_is_not_asked_of_wecom(corp, tables):
    there = befriended(corp, "lisi", remark="小雨")

    assert patch(logged_in(corp, "lisi"), there, {"remark": "小雨"}).status == 200
    assert not calls_of(corp, REMARK)
    assert not audit(tables)
    assert relation_of(there).version == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"remark": "x" * 21}, "remark"),
        ({"description": "x" * 151}, "description"),
        ({"company": "x" * 21}, "company"),
        ({"phones": ["139****9999"]}, "phones.0"),
        ({"phones": ["abc"]}, "phones.0"),
        ({"phones": ["13800008000"] * 11}, "phones"),
        ({"remark": "a\x00b"}, "remark"),
        ({"custom_fields": {"Bad Key": 1}}, "custom_fields.Bad Key"),
        ({"custom_fields": {"a": [1]}}, "custom_fields.a"),
        ({"custom_fields": {"a": 10**30}}, "custom_fields.a"),
        ({"status": "active"}, "status"),
        ({"version": -1}, "version"),
    ],
)
def test_what_wecom_would_cut_or_refuse_is_refused_first(corp, body, field):
    there = befriended(corp, "lisi")

    answered = patch(logged_in(corp, "lisi"), there, body)

    assert answered.status == 422
    assert field is None or answered.json["errors"][0]["field"] == field
    assert not calls_of(corp, REMARK)


def test_a_stale_version_is_refused_and_nothing_is_asked(corp):
    there = befriended(corp, "lisi")
    browser = logged_in(corp, "lisi")
    assert patch(browser, there, {"remark": "一", "version": 1}).status == 200

    answered = patch(browser, there, {"remark": "二", "version": 1})

    assert (answered.status, answered.code) == (409, "version_conflict")
    assert len(calls_of(corp, REMARK)) == 1


def test_who_sees_a_customer_by_data_scope_cannot_write_another_members_remark(corp):
    there = befriended(corp, "lisi")

    answered = patch(logged_in(corp, "admin"), there, {"remark": "x"})

    assert (answered.status, answered.code) == (403, "not_your_customer")
    assert not calls_of(corp, REMARK)


def test_an_auditor_changes_nothing(corp):
    from tests.component.http_world import change_member

    there = befriended(corp, "lisi")
    change_member("lisi", role="auditor", data_scope="all")
    browser = logged_in(corp, "lisi")

    assert patch(browser, there, {"remark": "x"}).code == "forbidden"
    assert tag(browser, there, add=["t"]).code == "forbidden"


def test_a_relation_that_ended_is_not_changed(corp):
    from scrm.customers.relation import Fact

    there = befriended(corp, "lisi", facts=(Fact("add", 1, "e1"), Fact("deleted_by_staff", 2, "e2")))

    assert patch(logged_in(corp, "lisi"), there, {"remark": "x"}).code == "relation_ended"


# ------------------------------------------------------------------ WeCom says no, or nothing


def test_a_refusal_is_explained_and_leaves_everything_as_it_was(corp, tables):
    there = befriended(corp, "lisi", remark="小雨")
    corp.people.relation("lisi", there).deleted_by_member = True

    answered = patch(logged_in(corp, "lisi"), there, {"remark": "x"})

    assert (answered.status, answered.code, answered.json["errcode"]) == (409, "not_friend", 84061)
    assert answered.json["detail"].startswith("你与该客户已不是好友")
    assert (relation_of(there).remark, relation_of(there).open_edit) == ("小雨", None)
    assert not audit(tables)


def test_a_tag_that_wecom_no_longer_has_is_named_as_such(corp):
    there = befriended(corp, "lisi")

    answered = tag(logged_in(corp, "lisi"), there, add=["etGone"])

    assert (answered.status, answered.code, answered.json["errcode"]) == (409, "tag_gone", 40068)
    assert relation_of(there).tags == ()


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ({"what": "errcode", "errcode": 45009, "errmsg": "limit"}, 429, "too_many_requests"),
        ({"what": "errcode", "errcode": 60020, "errmsg": "not allow from ip"}, 409, "refused_by_wecom"),
    ],
)
def test_a_busy_or_misconfigured_wecom_is_told_and_nothing_changed(corp, fault, status, code):
    there = befriended(corp, "lisi", remark="小雨")
    browser = logged_in(corp, "lisi")
    corp.faults.add({"endpoint": REMARK, "count": 0, **fault})

    answered = patch(browser, there, {"remark": "x"})

    assert (answered.status, answered.code) == (status, code)
    assert status != 429 or answered.headers["retry-after"]
    assert (relation_of(there).remark, relation_of(there).open_edit) == ("小雨", None)


@pytest.mark.parametrize("what", ["unknown_outcome", "timeout"])
def test_without_an_answer_wecom_is_asked_what_happened(corp, tables, what):
    there = befriended(corp, "lisi", remark="小雨")
    browser = logged_in(corp, "lisi")
    corp.faults.add({"endpoint": REMARK, "what": what, "count": 0})

    answered = patch(browser, there, {"remark": "新"})

    happened = what == "unknown_outcome"
    assert (
        corp.people.relation("lisi", there).remark
        == relation_of(there).remark
        == ("新" if happened else "小雨")
    )
    assert relation_of(there).open_edit is None
    assert (answered.status, len(audit(tables))) == ((200, 1) if happened else (503, 0))


def test_an_edit_whose_answer_was_never_recorded_is_settled_before_the_next(corp, tables):
    there = befriended(corp, "lisi", remark="旧")
    # The function died after WeCom had taken the remark.
    corp.people.relation("lisi", there).remark = "新"
    save(replace(relation_of(there), open_edit={"remark": "新"}))
    browser = logged_in(corp, "lisi")
    shown = browser.send("GET", f"/sidebar/customers/{there}").json["relation"]
    assert (shown["remark"], shown["change_unanswered"]) == ("旧", True)

    answered = patch(browser, there, {"description": "d"})

    assert answered.status == 200
    assert (relation_of(there).remark, relation_of(there).description) == ("新", "d")
    assert audit(tables) == [
        ("lisi", "relation_edit_settled", {"remark": "旧"}, {"remark": "新"}),
        ("lisi", "relation_edited", {"description": ""}, {"description": "d"}),
    ]


def test_while_nobody_can_tell_the_intent_stays(corp):
    there = befriended(corp, "lisi", remark="小雨")
    browser = logged_in(corp, "lisi")
    for endpoint in (REMARK, "externalcontact/get"):
        corp.faults.add({"endpoint": endpoint, "what": "unknown_outcome", "count": 0})

    answered = patch(browser, there, {"remark": "新"})

    assert (answered.status, answered.code) == (503, "outcome_unknown")
    assert relation_of(there).open_edit == {"remark": "新"}


def test_a_callback_between_the_call_and_its_record_loses_neither(corp, monkeypatch):
    from scrm.sidebar import editing

    there = befriended(corp, "lisi", remark="小雨")
    asked = editing._ask

    def interrupted(relation, edit, wecom):
        asked(relation, edit, wecom)
        save(replace(relation_of(there), description="从客户端改的"))

    monkeypatch.setattr(editing, "_ask", interrupted)

    assert patch(logged_in(corp, "lisi"), there, {"remark": "新"}).status == 200
    stored = relation_of(there)
    assert (stored.remark, stored.description, stored.open_edit) == ("新", "从客户端改的", None)


# ------------------------------------------------------------------ tags


def test_only_changed_tags_are_marked_and_the_set_is_updated_without_a_callback(corp, tables):
    one, two, three = (corp_tag(corp, name) for name in ("一", "二", "三"))
    there = befriended(corp, "lisi", tags=(one, two))
    corp.people.relation("lisi", there).tags = [one, two]
    browser = logged_in(corp, "lisi")

    answered = tag(browser, there, add=[one, three, three], remove=[two, "etNeverThere"])

    assert calls_of(corp, MARK) == [
        {"userid": "lisi", "external_userid": there, "add_tag": [three], "remove_tag": [two]}
    ]
    assert [each["tag_id"] for each in answered.json["tags"]] == [one, three]
    assert relation_of(there).tags == (one, three)
    assert audit(tables) == [("lisi", "relation_edited", {"tags": [one, two]}, {"tags": [one, three]})]
    assert tag(browser, there, add=[one]).status == 200
    assert len(calls_of(corp, MARK)) == 1


def test_tags_are_a_relations_own(corp):
    one = corp_tag(corp, "一")
    there = befriended(corp, "lisi")
    befriended(corp, "ChenMei", external_userid=there)

    tag(logged_in(corp, "lisi"), there, add=[one])

    assert (relation_of(there).tags, relation_of(there, "ChenMei").tags) == ((one,), ())


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"add": ["a"] * 101}, "add"),
        ({"add": ["bad id"]}, "add.0"),
        ({"add": ["a"], "remove": ["a"]}, "remove"),
        ({"add": "a"}, "add"),
    ],
)
def test_tags_are_checked(corp, body, field):
    there = befriended(corp, "lisi")

    answered = tag(logged_in(corp, "lisi"), there, **body)

    assert (answered.status, answered.json["errors"][0]["field"]) == (422, field)


def test_personal_tags_are_added_and_removed_and_their_words_stay_out_of_the_audit_log(corp, tables):
    there = befriended(corp, "lisi", personal_tags=("旧",))
    browser = logged_in(corp, "lisi")

    answered = browser.send(
        "POST", f"/sidebar/customers/{there}/personal-tags", {"add": ["爱喝茶"], "remove": ["旧"]}
    )

    assert answered.json["personal_tags"] == ["爱喝茶"]
    assert audit(tables) == [("lisi", "personal_tags_changed", {"count": 1}, {"count": 1})]


# ------------------------------------------------------------------ the customer


def test_custom_fields_are_set_and_removed(corp, tables):
    there = befriended(corp, "lisi")
    browser = logged_in(corp, "lisi")

    first = patch(browser, there, {"custom_fields": {"budget": 5000, "vip": True, "city": "上海"}}).json
    second = patch(
        browser,
        there,
        {"custom_fields": {"vip": None, "city": "杭州"}, "customer_version": first["customer"]["version"]},
    ).json

    assert second["customer"]["custom_fields"] == {"budget": 5000, "city": "杭州"}
    assert customer_of(there).custom_fields == {"budget": 5000, "city": "杭州"}
    assert [line[1:] for line in audit(tables)][1] == (
        "custom_fields_changed",
        {"vip": True, "city": "上海"},
        {"vip": None, "city": "杭州"},
    )
    stale = patch(browser, there, {"custom_fields": {"city": "苏州"}, "customer_version": 1})
    assert (stale.status, stale.code) == (409, "version_conflict")


def test_custom_fields_have_a_ceiling(corp):
    there = befriended(corp, "lisi")
    browser = logged_in(corp, "lisi")
    for start in (0, 50):
        fields = {f"f{number}": 1 for number in range(start, start + 50)}
        assert patch(browser, there, {"custom_fields": fields}).status == 200

    assert patch(browser, there, {"custom_fields": {"one_more": 1}}).status == 422
    assert patch(browser, there, {"custom_fields": {"f0": None, "one_more": 1}}).status == 200


def methods(browser: Any, there: str, *given: tuple[str, str], **more: Any) -> Any:
    body = {"methods": [{"type": kind, "value": value} for kind, value in given], **more}
    return browser.send("PUT", f"/sidebar/customers/{there}/contact-methods", body)


def test_three_contact_methods_are_kept_and_the_mobile_is_indexed(corp, tables):
    there = befriended(corp, "lisi")

    answered = methods(
        logged_in(corp, "lisi"),
        there,
        ("mobile", "+86 138-0000-8000"),
        ("landline", "021-58880000"),
        ("email", "Xiaoyu@Example.com"),
    )

    assert answered.status == 200
    assert answered.json["contact_methods"] == [
        {"type": "mobile", "value": "138****8000"},
        {"type": "landline", "value": "*******0000"},
        {"type": "email", "value": "x***@example.com"},
    ]
    stored = customer_of(there)
    assert [each.value for each in stored.contact_methods] == [
        "13800008000",
        "02158880000",
        "xiaoyu@example.com",
    ]
    (identity,) = tables.rows("IDENTITY#")
    assert (identity["PK"], identity["customer_id"]) == ("IDENTITY#phone#13800008000", stored.customer_id)
    assert "13800008000" not in json.dumps(tables.rows("AUDIT"), ensure_ascii=False, default=str)


def test_a_masked_method_keeps_what_it_stands_for_and_a_dropped_mobile_is_free_again(corp, tables):
    one, other = befriended(corp, "lisi"), befriended(corp, "lisi", "老王")
    browser = logged_in(corp, "lisi")
    methods(browser, one, ("mobile", "13800008000"), ("mobile", "13900009000"))

    assert methods(browser, one, ("mobile", "138****8000")).status == 200

    assert [each.value for each in customer_of(one).contact_methods] == ["13800008000"]
    assert methods(browser, other, ("mobile", "13900009000")).status == 200


def test_a_mobile_of_another_customer_is_a_conflict_for_a_person_to_decide(corp):
    one, other = befriended(corp, "lisi"), befriended(corp, "lisi", "老王")
    browser = logged_in(corp, "lisi")
    methods(browser, one, ("mobile", "13800008000"))

    answered = methods(browser, other, ("mobile", "138 0000 8000"))

    assert (answered.status, answered.code) == (409, "identity_conflict")
    assert answered.json["conflict_customer_id"] == customer_of(one).customer_id
    assert customer_of(other).contact_methods == ()


@pytest.mark.parametrize(
    "given",
    [("mobile", "12345"), ("mobile", "139****9999"), ("email", "nobody"), ("landline", "abc"), ("fax", "1")],
)
def test_a_wrong_method_is_named(corp, given):
    there = befriended(corp, "lisi")

    answered = methods(logged_in(corp, "lisi"), there, given)

    assert answered.status == 422
    assert answered.json["errors"][0]["field"].startswith("methods.0")
