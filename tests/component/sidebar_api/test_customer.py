"""What the chat sidebar shows of a customer, and to whom."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.component.conftest import CORP_ID, START, app_of, http_event_of
from tests.component.http_world import (
    befriended,
    caller_of,
    calls_of,
    change_member,
    corp_tag,
    logged_in,
)

BEGAN = datetime.fromisoformat(START)
REFUSAL = (403, "no_access_to_customer")


def detail(browser, external_userid):
    return browser.send("GET", f"/sidebar/customers/{external_userid}")


def customers():
    from scrm.customers.dynamodb import Customers

    return Customers()


def customer_of(external_userid):
    from scrm.customers.model import customer_id_of

    return customers().customer(customer_id_of(CORP_ID, external_userid), consistent=True)


def know(external_userid, **fields):
    """Put something into the customer behind a contact."""
    from scrm import clock
    from scrm.customers.model import ContactMethod, customer_id_of

    if "contact_methods" in fields:
        fields["contact_methods"] = tuple(ContactMethod(*each) for each in fields["contact_methods"])
    rows = customers()
    stored = rows.customer(customer_id_of(CORP_ID, external_userid), consistent=True)
    return rows.save_customer(replace(stored, **fields), clock.now())


def test_a_member_sees_their_customer(corp):
    tag = corp_tag(corp, "高意向")
    there = befriended(corp, "lisi", "小雨", state="ch_expo", remark="小雨-展会", tags=(tag,), add_way=1)

    shown = detail(logged_in(corp, "lisi"), there)

    assert shown.status == 200
    from scrm.profile.models import ProfileOut

    body = shown.json
    relation = body.pop("relation")
    # What the profile holds beside: tests/component/profile.
    assert ProfileOut.model_fields.keys() <= body.keys()
    assert {name: value for name, value in body.items() if name not in ProfileOut.model_fields} == {
        "external_userid": there,
        "name": "小雨",
        "avatar": corp.world.customers[there].avatar,
        "gender": 0,
        "type": 1,
        "corp_name": "",
        "position": "",
        "colleagues": [],
        "source": {
            "userid": "lisi",
            "add_way": 1,
            "add_way_name": "扫描二维码",
            "state": "ch_expo",
            "channel_id": None,
            "channel_name": "",
            "cid": None,
            "params": {},
        },
        "customer": {
            "customer_id": body["customer"]["customer_id"],
            "kind": "prospect",
            "identified": False,
            "crmid": None,
            "identities": [],
            "contact_methods": [],
            "custom_fields": {},
            "version": 1,
        },
    }
    assert relation == {
        "userid": "lisi",
        "status": "active",
        "added_at": START,
        "deleted_at": None,
        "add_way": 1,
        "add_way_name": "扫描二维码",
        "state": "ch_expo",
        "channel_id": None,
        "remark": "小雨-展会",
        "description": "",
        "company": "",
        "phones": [],
        "tags": [{"tag_id": tag, "name": "高意向", "group_name": "意向"}],
        "personal_tags": [],
        "periods": [{"started_at": START, "ended_at": None, "reason": None}],
        "change_unanswered": False,
        "transfer_pending": False,
        "version": 1,
    }


def test_colleagues_who_added_the_same_customer_are_listed_with_their_add_time(corp, at):
    there = befriended(corp, "lisi")
    at((BEGAN + timedelta(hours=1)).isoformat())
    befriended(corp, "ChenMei", external_userid=there)

    as_lisi, as_chenmei = (detail(logged_in(corp, who), there).json for who in ("lisi", "ChenMei"))

    assert as_lisi["colleagues"] == [
        {
            "userid": "ChenMei",
            "name": "陈梅",
            "status": "active",
            "added_at": (BEGAN + timedelta(hours=1)).isoformat(),
            "deleted_at": None,
            "transfer_pending": False,
        }
    ]
    assert [each["userid"] for each in as_chenmei["colleagues"]] == ["lisi"]


def test_a_deleted_tag_is_not_shown_any_more_and_a_fresh_one_at_once(corp):
    from scrm.tags.dynamodb import TagRow, remove_tags

    gone, fresh = corp_tag(corp, "旧"), corp_tag(corp, "新")
    there = befriended(corp, "lisi", tags=(gone, fresh))
    TagRow("TAGS", f"TAG#{fresh}").delete()
    remove_tags([gone])
    browser = logged_in(corp, "lisi")
    before = detail(browser, there).json["relation"]["tags"]
    TagRow("TAGS", f"TAG#{fresh}", name="新").save()

    assert before == []
    assert [each["name"] for each in detail(browser, there).json["relation"]["tags"]] == ["新"]


def test_a_personal_tag_is_seen_by_its_owner_alone(corp):
    there = befriended(corp, "lisi")
    befriended(corp, "ChenMei", external_userid=there)

    tagged = logged_in(corp, "lisi").send(
        "POST", f"/sidebar/customers/{there}/personal-tags", {"add": ["爱喝茶", "爱喝茶"]}
    )

    assert (tagged.status, tagged.json["personal_tags"]) == (200, ["爱喝茶"])
    assert detail(logged_in(corp, "lisi"), there).json["relation"]["personal_tags"] == ["爱喝茶"]
    for other in ("ChenMei", "admin"):
        assert "爱喝茶" not in detail(logged_in(corp, other), there).text
    assert not calls_of(corp, "externalcontact/mark_tag")


def test_the_history_of_a_relation_is_shown(corp, at):
    from scrm.customers.relation import Fact

    began = int(BEGAN.timestamp())
    facts = (
        Fact("add", began - 7200, "e1"),
        Fact("deleted_by_customer", began - 3600, "e2"),
        Fact("add", began, "e3"),
    )
    there = befriended(corp, "lisi", facts=facts)

    relation = detail(logged_in(corp, "lisi"), there).json["relation"]

    assert (relation["status"], relation["deleted_at"]) == ("active", None)
    assert relation["periods"] == [
        {
            "started_at": (BEGAN - timedelta(hours=2)).isoformat(),
            "ended_at": (BEGAN - timedelta(hours=1)).isoformat(),
            "reason": "deleted_by_customer",
        },
        {"started_at": START, "ended_at": None, "reason": None},
    ]


def test_a_customer_whom_wecom_has_not_told_of_yet_is_shown_without_a_name(corp):
    from scrm import clock
    from scrm.customers.dynamodb import Customers
    from scrm.customers.model import Relation
    from scrm.customers.relation import Fact

    Customers().save_relation(Relation("wmNew", "lisi", facts=(Fact("add", 1, "e"),)), clock.now())

    shown = detail(logged_in(corp, "lisi"), "wmNew")

    assert (shown.status, shown.json["name"], shown.json["customer"]["version"]) == (200, "", 0)


# ------------------------------------------------------------------ whom it is shown to


def test_who_has_no_relation_learns_nothing_not_even_that_there_is_somebody(corp):
    there = befriended(corp, "lisi", "小雨")
    peer = logged_in(corp, "wangwu")

    refused, unknown, malformed = (detail(peer, each) for each in (there, "wmUnknown", "%20;drop"))

    assert (refused.status, refused.code) == REFUSAL
    assert "小雨" not in refused.text
    assert there not in refused.text
    assert refused.text == unknown.text == malformed.text
    assert unknown.status == malformed.status == 403


@pytest.mark.parametrize(
    ("userid", "status"),
    [("lisi", 200), ("LISI", 200), ("wangwu", 403), ("zhangsan", 200), ("LiuYang", 403), ("admin", 200)],
)
def test_the_data_scope_decides_beyond_ones_own(corp, userid, status):
    there = befriended(corp, "lisi")

    assert detail(logged_in(corp, userid), there).status == status


@pytest.mark.parametrize(
    ("role", "scope", "status"),
    [
        ("staff", "own", 403),
        ("staff", "department", 200),
        ("staff", "team", 403),
        ("service", "all", 200),
        ("auditor", "all", 200),
        ("hr", "all", 403),
    ],
)
def test_role_and_scope_of_a_peer_of_the_same_department(corp, role, scope, status):
    there = befriended(corp, "lisi")
    change_member("wangwu", role=role, data_scope=scope)

    assert detail(logged_in(corp, "wangwu"), there).status == status


def test_only_who_may_see_everything_is_told_that_there_is_nobody(corp):
    assert detail(logged_in(corp, "admin"), "wmUnknown").status == 404
    assert detail(logged_in(corp, "zhangsan"), "wmUnknown").code == "no_access_to_customer"


@pytest.mark.parametrize(
    ("ending", "status"),
    [("deleted_by_customer", 200), ("deleted_by_staff", 200), ("transferred", 403)],
)
def test_a_relation_that_ended_is_still_ones_own_until_it_is_handed_over(corp, ending, status):
    from scrm.customers.relation import Fact

    began = int(BEGAN.timestamp())
    there = befriended(corp, "lisi", facts=(Fact("add", began, "e1"), Fact(ending, began + 60, "e2")))

    assert detail(logged_in(corp, "lisi"), there).status == status


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "", {"remark": "x"}),
        ("PUT", "", {"remark": "x"}),
        ("POST", "/tags", {"add": ["t"]}),
        ("POST", "/personal-tags", {"add": ["t"]}),
        ("PUT", "/contact-methods", {"methods": []}),
        ("POST", "/phones:reveal", {"reason": "回访"}),
        ("GET", "/tasks", None),
        ("GET", "/timeline", None),
    ],
)
def test_what_may_not_be_seen_may_not_be_touched(corp, tables, method, path, body):
    there = befriended(corp, "lisi", "小雨")
    peer = logged_in(corp, "wangwu")
    before = tables.typed()

    refused = peer.send(method, f"/sidebar/customers/{there}{path}", body)
    unknown = peer.send(method, f"/sidebar/customers/wmUnknown{path}", body)

    assert (refused.status, refused.code) == REFUSAL
    assert refused.text == unknown.text
    assert tables.typed() == before


# ------------------------------------------------------------------ numbers


def test_numbers_are_masked_and_shown_in_full_with_the_right_and_a_line_in_the_audit_log(corp, tables):
    there = befriended(corp, "lisi", mobiles=("13800008000",))
    know(
        there,
        contact_methods=[("mobile", "13900009000"), ("email", "xiaoyu@example.com")],
        identities=(("id_card", "11010119900307123X"), ("crmid", "C-7")),
        custom_fields={"note": "打 13700007000 找她", "id": "110101199003071234", "age": 30, "vip": True},
    )
    full = (
        "13800008000",
        "13900009000",
        "xiaoyu@",
        "11010119900307123X",
        "13700007000",
        "110101199003071234",
    )

    shown = detail(logged_in(corp, "lisi"), there)

    assert shown.json["relation"]["phones"] == ["138****8000"]
    assert shown.json["customer"]["contact_methods"] == [
        {"type": "mobile", "value": "139****9000"},
        {"type": "email", "value": "x***@example.com"},
    ]
    assert shown.json["customer"]["identities"][0] == {"kind": "id_card", "value": "110101********123X"}
    assert shown.json["customer"]["custom_fields"] == {
        "note": "打 137****7000 找她",
        "id": "110101********1234",
        "age": 30,
        "vip": True,
    }
    assert (shown.json["customer"]["crmid"], shown.json["customer"]["identified"]) == ("C-7", True)
    assert not any(each in shown.text for each in full)

    reveal = f"/sidebar/customers/{there}/phones:reveal"
    refused = logged_in(corp, "lisi").send("POST", reveal, {"reason": "回访"})
    assert (refused.status, refused.code) == (403, "reveal_not_allowed")
    assert not tables.rows("AUDIT")

    revealed = logged_in(corp, "admin").send("POST", reveal, {"reason": "核对身份"})
    assert revealed.status == 200
    assert [each["value"] for each in revealed.json["contact_methods"]] == [
        "13900009000",
        "xiaoyu@example.com",
    ]
    assert revealed.json["identities"][0]["value"] == "11010119900307123X"
    assert revealed.headers["cache-control"] == "no-store"
    (line,) = [row for row in tables.rows("AUDIT") if row["SK"] != "HEAD"]
    assert (line["actor"], line["action"]) == ("admin", "numbers_revealed")
    assert json.loads(line["after"]) == {"external_userid": there, "reason": "核对身份"}
    assert not any(each in json.dumps(line, ensure_ascii=False) for each in full)


def test_the_corp_may_let_owners_see_their_customers_numbers(corp, tables):
    from scrm import clock
    from scrm.audit.dynamodb import record
    from scrm.settings import dynamodb as settings
    from scrm.settings.model import Settings

    step = settings.save_step(Settings(reveal_roles=("operations_admin", "staff")), 0, clock.now())
    record("admin", "settings_changed", "SETTINGS", None, None, "r", clock.now(), writes=[step])
    there = befriended(corp, "lisi", mobiles=("13800008000",))
    reveal = f"/sidebar/customers/{there}/phones:reveal"

    assert logged_in(corp, "lisi").send("POST", reveal, {"reason": "回访"}).json["phones"] == ["13800008000"]
    assert logged_in(corp, "wangwu").send("POST", reveal, {"reason": "回访"}).code == "no_access_to_customer"


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "x"}, {"reason": "x" * 201}])
def test_numbers_are_not_revealed_without_a_reason(corp, body):
    there = befriended(corp, "lisi")

    answered = logged_in(corp, "admin").send("POST", f"/sidebar/customers/{there}/phones:reveal", body)

    assert (answered.status, answered.json["errors"][0]["field"]) == (422, "reason")


# ------------------------------------------------------------------ to-dos


def test_the_callers_to_dos_for_the_customer_are_listed(corp):
    from scrm import clock
    from scrm.tasks.dynamodb import DynamoTasks
    from scrm.tasks.model import task

    there, other = befriended(corp, "lisi"), befriended(corp, "lisi", "老王")
    for number, (owner, whom) in enumerate(
        [("lisi", there), ("lisi", there), ("lisi", other), ("ChenMei", there)]
    ):
        due = clock.now() + timedelta(hours=number)
        DynamoTasks().open(
            task("follow", owner, due, f"s{number}", created_at=clock.now(), external_userid=whom)
        )
    browser = logged_in(corp, "lisi")

    first = browser.send("GET", f"/sidebar/customers/{there}/tasks?limit=1").json
    second = browser.send(
        "GET", f"/sidebar/customers/{there}/tasks?limit=1&cursor={first['next_cursor']}"
    ).json

    due = [each["due"] for page in (first, second) for each in page["items"]]
    assert due == [START, (BEGAN + timedelta(hours=1)).isoformat()]
    assert second["next_cursor"] is None


def test_the_detail_takes_two_requests(corp, monkeypatch):
    from pynamodb.connection.base import Connection

    there = befriended(corp, "lisi")
    event = http_event_of("GET", f"/sidebar/customers/{there}", caller=caller_of("lisi"))
    sent: list[str] = []
    dispatch = Connection.dispatch

    def counted(self, operation, arguments):
        sent.append(operation)
        return dispatch(self, operation, arguments)

    monkeypatch.setattr(Connection, "dispatch", counted)

    assert app_of("sidebar_api").handler(event, None)["statusCode"] == 200
    assert sent == ["Query", "BatchGetItem"]


# ------------------------------------------------------------------ the trace


def test_the_trace_is_newest_first_and_its_cursor_survives_new_entries(corp):
    from scrm.timeline.dynamodb import Timeline
    from scrm.timeline.model import Entry

    there = befriended(corp, "lisi")
    customer_id = customer_of(there).customer_id

    def happen(number, minutes, **facts):
        at = BEGAN + timedelta(minutes=minutes)
        Timeline().append(customer_id, Entry(f"e{number}", "visit", at, "lisi", there, facts))

    for number in (1, 2, 3):
        happen(number, number)
    browser = logged_in(corp, "lisi")
    path = f"/sidebar/customers/{there}/timeline?limit=2"

    first = browser.send("GET", path).json
    happen(4, 4, page="/p", from_phone="13800008000")
    second = browser.send("GET", f"{path}&cursor={first['next_cursor']}").json

    ids = [each["entry_id"] for page in (first, second) for each in page["items"]]
    assert [each.partition("#")[2] for each in ids] == ["e3", "e2", "e1"]
    assert second["next_cursor"] is None
    newest = browser.send("GET", path).json["items"][0]
    assert newest == {
        "entry_id": "2026-03-02T02:19:00Z#e4",
        "kind": "visit",
        "at": (BEGAN + timedelta(minutes=4)).isoformat(),
        "userid": "lisi",
        "external_userid": there,
        "facts": {"page": "/p", "from_phone": "138****8000"},
    }


@pytest.mark.parametrize(
    "key",
    [
        {"PK": "TIMELINE#other", "SK": "x"},
        {"SK": "x"},
        {"PK": None, "SK": "x"},
        {"PK": "{place}", "SK": "x", "more": "y"},
        {"PK": "{place}", "SK": "x" * 1000},
    ],
)
def test_a_made_up_cursor_reaches_nothing(corp, key):
    from scrm.http import paging

    there = befriended(corp, "lisi")
    place = f"TIMELINE#{customer_of(there).customer_id}"
    made_up = {name: value.format(place=place) if value else value for name, value in key.items()}
    cursor = paging.encode(place, made_up)

    answered = logged_in(corp, "lisi").send("GET", f"/sidebar/customers/{there}/timeline?cursor={cursor}")

    assert (answered.status, answered.json["errors"][0]["field"]) == (422, "cursor")
