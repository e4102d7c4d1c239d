"""Other systems: who may speak, what is bound, what is recorded."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.component.conftest import CORP_ID, START, app_of, http_event_of
from tests.component.http_world import Answered, befriended, logged_in

KEY, SECRET = "crm", "s3cret-of-the-crm"
BEGAN = datetime.fromisoformat(START)
EVENTS = "/integrations/conversation-events"


@pytest.fixture
def crm(corp, parameters):
    """The corp, with a key for its CRM."""
    from scrm.integrations import gate

    gate.forget()
    parameters(f"integrations/{KEY}", json.dumps({"secret": SECRET}))
    return corp


def signed_event(
    method: str,
    path: str,
    body: Any = None,
    *,
    key: str = KEY,
    secret: str = SECRET,
    at: datetime = BEGAN,
    **headers: str,
) -> dict[str, Any]:
    from scrm.integrations.signing import signature

    text = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    stamp = int(at.timestamp())
    sent = {
        "X-Scrm-Key": key,
        "X-Scrm-Timestamp": str(stamp),
        "X-Scrm-Signature": signature(secret, stamp, method, path, text),
        **headers,
    }
    return http_event_of(method, path, text, headers=sent)


def given(event: dict[str, Any]) -> Answered:
    return Answered(app_of("integrations_api").handler(event, None))


def send(method: str, path: str, body: Any = None, **more: Any) -> Answered:
    return given(signed_event(method, path, body, **more))


# ------------------------------------------------------------------ who may speak


def test_a_signed_request_passes_once(crm):
    event = signed_event("POST", "/integrations/serial-codes", {"crmid": "C-1"})

    first, again = given(event), given(event)

    assert first.status == 201
    assert (again.status, again.code) == (401, "replayed_request")


def test_the_very_same_request_with_its_idempotency_key_gets_the_first_answer(crm):
    def keyed(**headers: str) -> dict[str, Any]:
        return signed_event("POST", "/integrations/serial-codes", {"crmid": "C-1"}, **headers)

    first, again = (given(keyed(**{"Idempotency-Key": "k-1"})) for _ in range(2))
    other, bare = given(keyed(**{"Idempotency-Key": "k-2"})), given(keyed())

    assert (first.status, again.status, again.json) == (201, 201, first.json)
    assert (other.code, bare.code) == ("replayed_request", "replayed_request")


def test_an_idempotency_key_lets_nothing_be_repeated_where_no_answer_is_kept(crm):
    headers = {"Idempotency-Key": "k-1"}
    event = signed_event("POST", "/integrations/identities", {"crmid": "C-1", "unionid": "o1"}, **headers)

    first, again = given(event), given(event)

    assert first.status == 200
    assert (again.status, again.code) == (401, "replayed_request")


@pytest.mark.parametrize("minutes", [6, 11, 24 * 60])
def test_a_request_is_not_accepted_again_later(crm, at, minutes):
    event = signed_event("POST", "/integrations/serial-codes", {"crmid": "C-1"})
    given(event)
    at((BEGAN + timedelta(minutes=minutes)).isoformat())

    assert (given(event).status, given(event).code) == (401, "stale_timestamp")


def test_a_request_signed_ahead_of_time_is_not_accepted_twice_when_its_time_comes(crm, at):
    event = signed_event(
        "POST", "/integrations/serial-codes", {"crmid": "C-1"}, at=BEGAN + timedelta(minutes=5)
    )
    assert given(event).status == 201
    at((BEGAN + timedelta(minutes=10)).isoformat())

    assert given(event).code == "replayed_request"


@pytest.mark.parametrize(
    "event",
    [
        lambda: http_event_of("POST", "/integrations/serial-codes", {"crmid": "C-1"}),
        lambda: signed_event("POST", "/integrations/serial-codes", {"crmid": "C-1"}, secret="wrong"),
        lambda: signed_event("POST", "/integrations/serial-codes", {"crmid": "C-1"}, key="nobody"),
        lambda: signed_event(
            "POST", "/integrations/serial-codes", {"crmid": "C-1"}, key="nobody", secret="-"
        ),
        lambda: signed_event("POST", "/integrations/serial-codes", {"crmid": "C-1"}, key="../session/keys"),
        lambda: signed_event(
            "POST",
            "/integrations/serial-codes",
            {"crmid": "C-1"},
            secret="wrong",
            at=BEGAN - timedelta(days=1),
        ),
        lambda: {**signed_event("POST", "/integrations/serial-codes", {"crmid": "C-1"}), "rawPath": EVENTS},
        lambda: {**signed_event("POST", "/integrations/serial-codes", {"crmid": "C-1"}), "body": "e30="},
    ],
)
def test_all_others_get_one_and_the_same_answer_and_leave_nothing(crm, tables, event):
    before = tables.typed()

    answered = given(event())

    assert (answered.status, answered.code) == (401, "invalid_signature")
    assert answered.text == given(http_event_of("GET", "/integrations/serial-codes/x")).text
    assert tables.typed() == before


def test_an_unknown_key_is_not_looked_up_again_and_again(crm, monkeypatch):
    from scrm import secret_store

    asked: list[str] = []
    fetch = secret_store._fetch
    monkeypatch.setattr(secret_store, "_fetch", lambda name: asked.append(name) or fetch(name))

    for _ in range(3):
        send("POST", "/integrations/serial-codes", {"crmid": "C-1"}, key="nobody")

    assert asked == ["integrations/nobody"]


def test_the_signature_is_judged_before_the_body(crm):
    assert given(http_event_of("POST", EVENTS, b"{not json")).status == 401
    assert send("POST", EVENTS, b"{not json").status == 422


def test_a_session_is_no_signature(crm):
    from tests.component.http_world import Browser

    browser: Browser = logged_in(crm, "admin")

    assert browser.send("POST", "/integrations/serial-codes", {"crmid": "C-1"}).code == "invalid_signature"


# ------------------------------------------------------------------ serial codes


def test_a_serial_code_is_one_for_one_record(crm):
    first = send("POST", "/integrations/serial-codes", {"crmid": "C-1"})
    again = send("POST", "/integrations/serial-codes", {"crmid": "C-1"}, at=BEGAN + timedelta(seconds=1))
    other = send("POST", "/integrations/serial-codes", {"crmid": "C-2"})
    wide = send("POST", "/integrations/serial-codes", {"crmid": "Ｃ-1"})

    assert first.status == again.status == 201
    assert wide.json["state"] == first.json["state"]
    assert first.json == again.json
    assert first.json["state"] != other.json["state"]
    assert len(first.json["state"]) <= 30
    assert (first.json["crmid"], first.json["status"], first.json["created_at"]) == (
        "C-1",
        "state_only",
        START,
    )
    shown = send("GET", f"/integrations/serial-codes/{first.json['state']}")
    assert shown.json == first.json
    assert send("GET", "/integrations/serial-codes/sc_nothing").status == 404


def test_the_same_key_with_another_body_is_a_conflict(crm):
    keyed = {"Idempotency-Key": "k-1"}
    first = send("POST", "/integrations/serial-codes", {"crmid": "C-1"}, **keyed)
    later = BEGAN + timedelta(seconds=1)
    again = send("POST", "/integrations/serial-codes", {"crmid": "C-1"}, at=later, **keyed)
    other = send("POST", "/integrations/serial-codes", {"crmid": "C-2"}, at=later, **keyed)

    assert (first.status, again.status, again.json) == (201, 201, first.json)
    assert again.headers["idempotent-replayed"] == "true"
    assert (other.status, other.code) == (409, "idempotency_conflict")


@pytest.mark.parametrize(
    "body", [{}, {"crmid": ""}, {"crmid": "x" * 129}, {"crmid": "a", "userids": ["a b"]}]
)
def test_a_wrong_request_for_a_code_is_named(crm, body):
    assert send("POST", "/integrations/serial-codes", body).status == 422


# ------------------------------------------------------------------ identities


def detail(corp: Any, there: str) -> Any:
    return logged_in(corp, "lisi").send("GET", f"/sidebar/customers/{there}").json["customer"]


def test_a_contact_is_bound_to_its_crm_record_and_the_sidebar_shows_it(crm, tables):
    there = befriended(crm, "lisi")

    bound = send(
        "POST",
        "/integrations/identities",
        {"external_userid": there, "crmid": "C-1", "phone": "+86 13800008000"},
    )

    assert (bound.status, bound.json["created"], bound.json["kinds"]) == (200, False, ["phone", "crmid"])
    shown = detail(crm, there)
    assert (shown["crmid"], shown["identified"]) == ("C-1", True)
    assert {"kind": "phone", "value": "138****8000"} in shown["identities"]
    (line,) = [row for row in tables.rows("AUDIT") if row["SK"] != "HEAD"]
    assert (line["actor"], line["action"]) == ("key:crm", "identities_bound")
    assert "13800008000" not in json.dumps(line, default=str)


def test_identities_without_end_are_refused_before_they_fill_a_row(crm, monkeypatch):
    monkeypatch.setattr("scrm.integrations.people.MOST_IDENTITIES", 3)
    bodies = [{"crmid": "C-1", "email": f"a{n}@example.com"} for n in range(3)]

    answers = [send("POST", "/integrations/identities", body) for body in bodies]

    assert [each.status for each in answers] == [200, 200, 409]
    assert answers[-1].code == "too_many_identities"
    lost = send("POST", "/integrations/identities", {"email": "a2@example.com", "unionid": "o-9"})
    assert lost.json["created"] is True


def test_binding_the_same_again_changes_nothing(crm, tables):
    body = {"unionid": "o1", "crmid": "C-1"}
    first = send("POST", "/integrations/identities", body)
    before = tables.typed()

    again = send("POST", "/integrations/identities", body, at=BEGAN + timedelta(seconds=1))

    assert (first.json["created"], again.json["created"]) == (True, False)
    assert first.json["customer_id"] == again.json["customer_id"]
    assert tables.typed() == before


def test_a_binding_that_died_halfway_is_completed(crm, monkeypatch):
    from scrm.integrations import people

    def died(*_: Any) -> None:
        raise RuntimeError

    body = {"unionid": "o1", "crmid": "C-1"}
    with monkeypatch.context() as killed:
        killed.setattr(people, "_record", died)
        assert send("POST", "/integrations/identities", body).status == 500

    again = send("POST", "/integrations/identities", body, at=BEGAN + timedelta(seconds=1))

    assert again.status == 200
    stored = people.customers.customer(again.json["customer_id"], consistent=True)
    assert set(stored.identities) == {("unionid", "o1"), ("crmid", "C-1")}


def test_values_of_two_customers_are_a_conflict_that_names_them(crm, tables):
    one, two = befriended(crm, "lisi"), befriended(crm, "lisi", "老王")
    for there, crmid in ((one, "C-1"), (two, "C-2")):
        send("POST", "/integrations/identities", {"external_userid": there, "crmid": crmid})
    before = [row for row in tables.typed() if row["PK"]["S"] != "CONFLICTS"]

    answered = send("POST", "/integrations/identities", {"external_userid": one, "crmid": "C-2"})

    assert (answered.status, answered.code) == (409, "identity_conflict")
    assert {each["customer_id"] for each in answered.json["conflicts"]} == {
        detail(crm, one)["customer_id"],
        detail(crm, two)["customer_id"],
    }
    assert [row for row in tables.typed() if row["PK"]["S"] != "CONFLICTS"] == before
    (conflict,) = tables.rows("CONFLICTS")
    assert conflict["SK"] == f"CONFLICT#{answered.json['conflict_id']}"


@pytest.mark.parametrize(
    "body", [{"external_userid": "wmNobody", "crmid": "C"}, {"customer_id": "cu_0", "crmid": "C"}]
)
def test_somebody_who_is_not_there_is_not_found(crm, body):
    assert send("POST", "/integrations/identities", body).status == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"crmid": "C"},
        {"external_userid": "wm1", "customer_id": "cu1"},
        {"crmid": "C", "phone": "abc"},
        {"qq": "1", "crmid": "C"},
    ],
)
def test_wrong_identities_are_named(crm, body):
    assert send("POST", "/integrations/identities", body).status == 422


# ------------------------------------------------------------------ events


def event(number: int, **more: Any) -> dict[str, Any]:
    at = (BEGAN - timedelta(minutes=10 - number)).isoformat()
    return {"source_id": f"s{number}", "at": at, "kind": "visit", "page": f"/p{number}", **more}


def trace(corp: Any, there: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (
        logged_in(corp, "lisi").send("GET", f"/sidebar/customers/{there}/timeline").json["items"]
    )
    return found


def test_three_events_make_a_trace_of_three_however_often_they_are_sent(crm):
    there = befriended(crm, "lisi")
    body = {"events": [event(number, external_userid=there) for number in (1, 2, 3)]}

    first = send("POST", EVENTS, body)
    send("POST", EVENTS, body, at=BEGAN + timedelta(seconds=1))

    assert (first.status, first.json["recorded"]) == (200, 3)
    assert [each["facts"] for each in trace(crm, there)] == [{"page": f"/p{number}"} for number in (3, 2, 1)]


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        ("click", {"target": "/buy"}),
        ("scan", {"code": "ch_1"}),
        ("share", {"target": "/a"}),
        ("order", {"order_no": "O1", "amount_fen": 19900}),
        ("follow_up", {"note": "电话回访"}),
        ("message", {"direction": "inbound"}),
        ("conversation", {"messages": 12, "seconds": 600}),
    ],
)
def test_each_kind_brings_its_own_facts(crm, kind, facts):
    there = befriended(crm, "lisi")
    row = {"source_id": "s", "at": START, "kind": kind, "external_userid": there, "userid": "lisi", **facts}

    assert send("POST", EVENTS, {"events": [row]}).json["recorded"] == 1
    (entry,) = trace(crm, there)
    assert (entry["kind"], entry["at"], entry["userid"], entry["facts"]) == (kind, START, "lisi", facts)


def test_a_person_may_be_named_by_any_identity(crm):
    there = befriended(crm, "lisi")
    customer_id = send(
        "POST", "/integrations/identities", {"external_userid": there, "crmid": "C-1", "phone": "13800008000"}
    ).json["customer_id"]
    ways = (
        {"crmid": "C-1"},
        {"phone": "138 0000 8000"},
        {"customer_id": customer_id},
        {"external_userid": there},
    )

    body = {"events": [event(number, **way) for number, way in enumerate(ways)]}

    assert send("POST", EVENTS, body).json["recorded"] == 4
    assert len(trace(crm, there)) == 4


def test_a_wrong_event_does_not_stop_the_others(crm):
    there = befriended(crm, "lisi")
    rows = [
        event(1, external_userid=there),
        event(2, external_userid="wmNobody"),
        event(3),
        event(4, external_userid=there, crmid="C"),
        event(5, external_userid=there, kind="dance"),
        event(6, external_userid=there, surprise=1),
        {**event(7, external_userid=there), "at": (BEGAN + timedelta(hours=1)).isoformat()},
        {**event(8, external_userid=there), "at": "2026-03-02T10:00:00"},
        "text",
        event(9, external_userid=there, phone="x"),
        event(9, phone="not a phone"),
        event(9, external_userid=there),
    ]

    answered = send("POST", EVENTS, {"events": rows})

    results = answered.json["results"]
    assert answered.status == 200
    assert [each["status"] for each in results] == [
        "recorded",
        "unknown_customer",
        *["invalid"] * 8,
        "unknown_customer",
        "recorded",
    ]
    assert [each["source_id"] for each in results][:3] == ["s1", "s2", "s3"]
    assert results[5]["errors"] == [{"field": "surprise", "message": "不支持的字段"}]
    assert results[6]["errors"][0]["field"] == "at"
    assert len(trace(crm, there)) == answered.json["recorded"] == 2


@pytest.mark.parametrize("body", [{}, {"events": []}, {"events": [{}] * 101}, {"events": {}}, []])
def test_a_batch_has_one_to_a_hundred_events(crm, body):
    assert send("POST", EVENTS, body).status == 422


def test_a_customer_id_of_another_corp_is_nobody(crm):
    from scrm.customers.model import customer_id_of

    there = befriended(crm, "lisi")
    foreign = customer_id_of(f"{CORP_ID}x", there)

    assert send("POST", EVENTS, {"events": [event(1, customer_id=foreign)]}).json["recorded"] == 0
