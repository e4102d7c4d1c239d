"""spec IDN-12 and IDN-13: what customers' pages take in."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.component.conftest import app_of, http_event_of, sqs_event_of
from tests.component.handle_customer_event.conftest import message
from tests.component.http_world import Answered, befriended
from tests.component.identities.conftest import BEGAN

PHONE = {"key": "phone", "label": "手机号", "type": "phone", "identity": "phone"}
NAME = {"key": "name", "label": "姓名"}
WISH = {"key": "wish", "label": "意向", "type": "choice", "options": ["甲", "乙"], "required": False}


def call(method: str, path: str, body: Any = None, query: dict[str, str] | None = None) -> Answered:
    return Answered(app_of("h5_api").handler(http_event_of(method, path, body, query=query), None))


# ------------------------------------------------------------------ dynamic codes


def test_idn_12_an_add_through_a_dynamic_code_resolves_its_cid(
    corp: Any, member: Any, lambda_context: Any, tables: Any
) -> None:
    first, again = (call("GET", "/h5/code", query={"cid": "spring", "page": "p7"}) for _ in range(2))
    state = first.json["state"]
    assert (first.status, first.json["cid"]) == (200, "spring")
    assert state != again.json["state"]
    assert len(state) <= 30

    people, way = corp.people, None
    customer = people.new_customer(name="小雨")
    people.add(people.staff("lisi"), customer, state, half=False, welcome=False, add_way=16)
    tables.stream()
    event = sqs_event_of(message(corp.world.deliveries[-1].xml))
    assert app_of("handle_customer_event").handler(event, lambda_context) == {"batchItemFailures": []}

    shown = member.send("GET", f"/sidebar/customers/{customer.external_userid}").json["source"]
    assert (shown["state"], shown["cid"], shown["params"], way) == (state, "spring", {"page": "p7"}, None)
    records = {"Records": [{**each, "eventSourceARN": "x"} for each in tables.stream()]}
    for _ in range(2):
        app_of("react_to_changes").handler(records, lambda_context)
    (entry,) = tables.rows("TIMELINE#")
    assert json.loads(entry["facts"]) == {"cid": "spring"}
    (answered,) = tables.rows("CAMPAIGNS#")
    assert answered["SK"].split("#")[1:3] == ["add", "spring"]
    assert customer.external_userid not in answered["SK"]


def test_idn_12_a_code_of_a_channel_gives_its_tags_and_one_of_none_is_refused(corp: Any) -> None:
    answered = call("GET", "/h5/code", query={"cid": "spring", "channel_id": "ch_nothing"})

    assert (answered.status, answered.json["errors"][0]["field"]) == (422, "channel_id")


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"cid": ""},
        {"cid": "a b"},
        {"cid": "x" * 65},
        {"cid": "a", "page": "x" * 101},
        {"cid": "a", "other": "1"},
    ],
)
def test_idn_12_a_visit_that_says_nothing_useful_leaves_no_row(corp: Any, tables: Any, query: Any) -> None:
    assert call("GET", "/h5/code", query=query).status == 422
    assert tables.rows("DYNAMIC#") == []


def test_one_address_gets_so_many_codes_a_minute(corp: Any, at: Any, tables: Any) -> None:
    statuses = [call("GET", "/h5/code", query={"cid": "spring"}).status for _ in range(61)]
    assert statuses == [200] * 60 + [429]
    assert len(tables.rows("DYNAMIC#")) == 60

    at((BEGAN + timedelta(minutes=1)).isoformat())
    assert call("GET", "/h5/code", query={"cid": "spring"}).status == 200


# ------------------------------------------------------------------ forms


@pytest.fixture
def form(admin: Any) -> str:
    """A form that asks for phone, name and a wish; return its id."""
    body = {"name": "预约", "fields": [PHONE, NAME, WISH], "consent": "同意使用我的手机号"}
    made = admin.send("POST", "/admin/forms", body)
    assert made.status == 201, made.text
    return str(made.json["form_id"])


@pytest.fixture
def link(corp: Any, member: Any, form: str) -> Any:
    """A customer of lisi's with a link to the form; return (external_userid, token)."""
    there = befriended(corp, "lisi", "小雨")
    made = member.send("POST", f"/sidebar/customers/{there}/form-links", {"form_id": form})
    assert made.status == 200, made.text
    assert made.json["url"].startswith("https://scrm.test/h5/forms/")
    return there, made.json["token"]


def filled(token: str, **more: Any) -> dict[str, Any]:
    return {"token": token, "consent": True, "phone": "+86 138-0000-8000", "name": "小雨", **more}


def block(member: Any, there: str) -> Any:
    return member.send("GET", f"/sidebar/customers/{there}").json["customer"]


def test_idn_13_a_form_makes_a_lead_where_a_signal_says_so(
    form: str, link: Any, admin: Any, tables: Any, queues: Any, lambda_context: Any
) -> None:
    from scrm.leads.dynamodb import having, lead

    told = {"name": "预约", "kind": "form", "match": form, "campaign": "春季"}
    assert admin.send("POST", "/admin/lead-signals", told).status == 201

    for _ in range(2):
        call("POST", f"/h5/forms/{form}", filled(link[1]))
        app_of("react_to_changes").handler({"Records": tables.stream()}, lambda_context)

    keys = [("phone", "13800008000"), ("external_userid", link[0])]
    (lead_id,) = set(having(keys).values())  # type: ignore[arg-type]  # hard kinds
    there = lead(lead_id)
    assert there is not None
    assert (there.source, there.campaign, set(there.keys)) == ("form", "春季", set(keys))


def test_idn_13_a_form_asks_and_binds_what_is_answered(
    form: str, link: Any, member: Any, tables: Any
) -> None:
    there, token = link
    asked = call("GET", f"/h5/forms/{form}", query={"token": token})
    assert [each["key"] for each in asked.json["fields"]] == ["phone", "name", "wish"]
    assert "identity" not in asked.text

    sent = call("POST", f"/h5/forms/{form}", filled(token))

    assert (sent.status, sent.json) == (200, {"status": "received"})
    shown = block(member, there)
    assert shown["identified"] is True
    assert shown["identities"] == [{"kind": "phone", "value": "138****8000"}]
    assert shown["contact_methods"] == [{"type": "mobile", "value": "138****8000"}]
    (answer,) = tables.rows(f"FORM#{form}")
    assert (answer["consent"], answer["at"]) == ("同意使用我的手机号", "2026-03-02T02:15:00Z")
    trace = member.send("GET", f"/sidebar/customers/{there}/timeline").json["items"]
    assert [(each["kind"], each["facts"]["form"]) for each in trace] == [("form", "预约")]


def test_idn_13_sending_again_changes_nothing(form: str, link: Any, tables: Any) -> None:
    _, token = link
    call("POST", f"/h5/forms/{form}", filled(token))
    before = tables.typed()

    again = call("POST", f"/h5/forms/{form}", filled(token, phone="13900009999"))

    assert again.status == 200
    assert tables.typed() == before


def test_idn_13_a_form_that_died_halfway_is_completed_with_what_came_first(
    form: str, link: Any, member: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scrm.h5 import routes

    def died(*_: Any) -> None:
        raise RuntimeError

    there, token = link
    with monkeypatch.context() as killed:
        killed.setattr(routes, "follow_up", died)
        assert call("POST", f"/h5/forms/{form}", filled(token)).status == 500

    assert call("POST", f"/h5/forms/{form}", filled(token, phone="13900009999")).status == 200
    assert block(member, there)["identities"] == [{"kind": "phone", "value": "138****8000"}]


def test_idn_13_a_phone_of_another_customer_is_a_conflict_of_which_the_sender_learns_nothing(
    corp: Any, form: str, link: Any, member: Any, admin: Any
) -> None:
    other = befriended(corp, "lisi", "老王")
    methods = {"methods": [{"type": "mobile", "value": "13800008000"}]}
    member.send("PUT", f"/sidebar/customers/{other}/contact-methods", methods)
    there, token = link

    sent = call("POST", f"/h5/forms/{form}", filled(token))

    assert (sent.status, sent.json) == (200, {"status": "received"})
    shown = block(member, there)
    assert (shown["identities"], shown["contact_methods"]) == ([], [])
    (conflict,) = admin.send("GET", "/admin/conflicts").json["items"]
    assert (conflict["source"], conflict["claimant"]) == (f"form:{form}", shown["customer_id"])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"phone": "abc"}, "phone"),
        ({"phone": 13800008000}, "phone"),
        ({"name": ""}, "name"),
        ({"wish": "丙"}, "wish"),
        ({"other": "x"}, "other"),
        ({"consent": False}, "consent"),
        ({"name": "x" * 501}, "name"),
        ({"name": "a\x00b"}, "name"),
    ],
)
def test_idn_13_a_wrong_answer_is_named_and_nothing_is_kept(
    form: str, link: Any, tables: Any, change: Any, field: str
) -> None:
    answered = call("POST", f"/h5/forms/{form}", filled(link[1], **change))

    assert (answered.status, answered.json["errors"][0]["field"]) == (422, field)
    assert tables.rows(f"FORM#{form}") == []


def test_idn_13_a_link_serves_one_form_for_a_week_and_none_is_made_up(
    corp: Any, form: str, link: Any, admin: Any, at: Any
) -> None:
    _, token = link
    other = admin.send("POST", "/admin/forms", {"name": "另一个", "fields": [NAME]}).json["form_id"]

    refused = [
        call("POST", f"/h5/forms/{other}", filled(token)),
        call("POST", f"/h5/forms/{form}", filled(token[:-2] + "xx")),
        call("GET", f"/h5/forms/{form}", query={"token": "x"}),
    ]
    at((BEGAN + timedelta(days=7)).isoformat())
    refused.append(call("POST", f"/h5/forms/{form}", filled(token)))

    assert {(each.status, each.code) for each in refused} == {(403, "link_ended")}


def test_idn_13_a_session_text_is_no_link(form: str, member: Any) -> None:
    assert call("GET", f"/h5/forms/{form}", query={"token": member.token}).code == "link_ended"


def test_idn_13_a_form_that_was_switched_off_takes_nothing_in(form: str, link: Any, admin: Any) -> None:
    body = {"name": "预约", "fields": [NAME], "active": False, "version": 1}
    assert admin.send("PUT", f"/admin/forms/{form}", body).json["version"] == 2
    assert admin.send("PUT", f"/admin/forms/{form}", body).code == "version_conflict"

    assert call("POST", f"/h5/forms/{form}", filled(link[1])).code == "link_ended"


@pytest.mark.parametrize(
    "field",
    [
        {"key": "token", "label": "x"},
        {"key": "a", "label": "x", "type": "choice"},
        {"key": "a", "label": "x", "type": "number", "identity": "phone"},
        {"key": "a", "label": "x", "type": "email", "identity": "phone"},
        {"key": "a", "label": "x", "identity": "qq"},
        {"key": "A b", "label": "x"},
    ],
)
def test_idn_13_a_form_that_cannot_be_is_refused(admin: Any, field: Any) -> None:
    assert admin.send("POST", "/admin/forms", {"name": "x", "fields": [field]}).status == 422


def test_idn_13_a_form_asks_for_no_identity_the_corp_does_not_go_by(admin: Any) -> None:
    admin.send("PUT", "/admin/identity-scheme", ["crmid"])

    answered = admin.send("POST", "/admin/forms", {"name": "x", "fields": [PHONE]})

    assert (answered.status, answered.json["errors"][0]["field"]) == (422, "fields.phone")


def test_a_form_adds_nothing_to_a_customer_of_whom_too_much_is_known(
    link: Any, form: str, monkeypatch: Any, member: Any, tables: Any
) -> None:
    monkeypatch.setattr("scrm.h5.submitting.MOST_KNOWN", 0)
    there, token = link
    before = block(member, there)

    assert call("POST", f"/h5/forms/{form}", filled(token)).status == 200

    assert block(member, there)["identities"] == before["identities"]
    assert tables.rows("IDENTITY#phone") == []
    assert len([row for row in tables.rows("FORM#") if row["SK"].startswith("ANSWER#")]) == 1
