"""SEG-01 to SEG-06, SEG-09, ADM-02: lists of customers by filters and by condition."""

import base64
import itertools
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from tests.component.http_world import change_member
from tests.component.queries.people import (
    BEGAN,
    DAY,
    SECOND,
    asks,
    card,
    console,
    every_page,
    listed,
    logged_in,
    numbers,
)

SEARCH = "/workbench/customers:search"
COUNT = "/workbench/customers:count"


def stamp(at):
    return at.isoformat().replace("+", "%2B")


def test_seg_01_own_customers_in_pages_of_two_and_one(corp):
    listed(*(card(each) for each in (1, 2, 3)), *(card(each, "wangwu") for each in (4, 5)))
    browser = logged_in(corp, "lisi")

    first = browser.send("GET", "/workbench/customers?limit=2")
    second = browser.send("GET", f"/workbench/customers?limit=2&cursor={first.json['next_cursor']}")

    assert (numbers(first), numbers(second)) == ([1, 2], [3])
    assert second.json["next_cursor"] is None


def test_seg_02_add_times_are_from_and_before(corp):
    low, high = BEGAN - DAY, BEGAN - timedelta(hours=1)
    times = {1: low - SECOND, 2: low, 3: high - SECOND, 4: high}
    listed(*(card(each, added_at=at) for each, at in times.items()))

    answered = logged_in(corp, "lisi").send(
        "GET", f"/workbench/customers?add_from={stamp(low)}&add_to={stamp(high)}"
    )

    assert numbers(answered) == [3, 2]


def test_seg_03_two_of_five_add_ways(corp):
    listed(*(card(each, add_way=each) for each in (1, 2, 3, 4, 5)))

    assert numbers(logged_in(corp, "lisi").send("GET", "/workbench/customers?add_way=1,3")) == [1, 3]


def test_seg_03_by_channel(corp):
    listed(card(1, channel_id="ch_1"), card(2, channel_id="ch_2"), card(3, channel_id="ch_1"))

    assert numbers(logged_in(corp, "lisi").send("GET", "/workbench/customers?channel=ch_1")) == [1, 3]


def test_seg_04_tags_with_and_or_not(corp):
    combinations = [
        tuple(tag for tag, there in zip("abc", bits, strict=True) if there)
        for bits in itertools.product((False, True), repeat=3)
    ]
    listed(*(card(each, tags=tags) for each, tags in enumerate(combinations, 1)))
    condition = {"all": [asks("tags", "all", ["a", "b"]), {"not": asks("tags", "any", ["c"])}]}

    answered = logged_in(corp, "lisi").send("POST", SEARCH, {"condition": condition})

    assert [each["tags"] for each in answered.json["items"]] == [["a", "b"]]


def test_seg_05_last_contact_leaves_out_whom_no_feed_tells_of(corp):
    listed(
        card(1, customer_message_at=BEGAN - 2 * DAY),
        card(2, staff_message_at=BEGAN - 40 * DAY),
        card(3),
    )
    browser = logged_in(corp, "lisi")

    def found(condition):
        return numbers(browser.send("POST", SEARCH, {"condition": condition}))

    assert found(asks("last_contact_at", "within_days", 30)) == [1]
    assert found({"not": asks("last_contact_at", "within_days", 30)}) == [2]
    assert found(asks("last_contact_at", "known", False)) == [3]


def test_seg_05_sorted_by_last_contact_with_the_unknown_last(corp):
    listed(
        card(1, customer_message_at=BEGAN - 5 * DAY),
        card(2),
        card(3, staff_message_at=BEGAN - DAY),
        card(4),
    )
    send = logged_in(corp, "lisi").send

    newest, _ = every_page(send, SEARCH, {"condition": {"all": []}, "sort": "-last_contact_at", "limit": 1})
    oldest, _ = every_page(send, SEARCH, {"condition": {"all": []}, "sort": "last_contact_at", "limit": 1})

    assert (newest, oldest) == ([3, 1, 2, 4], [1, 3, 2, 4])


def test_seg_06_unreplied_until_the_member_answers(corp):
    asked = BEGAN - timedelta(hours=2)
    listed(
        card(1, customer_message_at=asked),
        card(2, customer_message_at=asked, staff_message_at=asked + SECOND),
        card(3),
    )
    condition = asks("unreplied", "is", True)

    assert numbers(logged_in(corp, "lisi").send("POST", SEARCH, {"condition": condition})) == [1]


def test_seg_09_deleted_within_a_time_of_everybody(corp):
    gone = BEGAN - 3 * DAY
    listed(
        card(1, status="deleted_by_customer", deleted_at=gone),
        card(2, "ChenMei", status="deleted_by_staff", deleted_at=gone + DAY),
        card(3, status="both_deleted", deleted_at=gone + 2 * DAY),
        card(4),
        card(5, ""),
    )
    send = console("admin")

    assert numbers(send("GET", "/admin/customers")) == [1, 2, 3, 4, 5]
    assert numbers(send("GET", "/admin/customers?status=deleted")) == [1, 2, 3]
    within = f"deleted_from={stamp(gone)}&deleted_to={stamp(gone + 2 * DAY)}"
    assert numbers(send("GET", f"/admin/customers?status=deleted&{within}")) == [1, 2]
    assert numbers(send("GET", "/admin/customers?status=deleted_by_staff&owner=chenmei")) == [2]


@pytest.mark.parametrize(
    ("userid", "reached"),
    [("zhangsan", {1, 2}), ("LiuYang", {3}), ("admin", {1, 2, 3, 4})],
)
def test_adm_02_no_list_search_or_count_tells_of_anybody_out_of_scope(corp, userid, reached):
    change_member("LiuYang", role="team_lead", data_scope="team")
    members = {1: "lisi", 2: "wangwu", 3: "ChenMei", 4: ""}
    listed(
        *(
            card(number * 100 + each, userid=member, tags=("a",), order_amount=900, order_count=1)
            for number, member in members.items()
            for each in range(20)
        )
    )
    send = console(userid)
    conditions = (
        {"all": []},
        asks("tags", "any", ["a"]),
        asks("order_amount", "gte", 1),
        asks("staff", "in", ["lisi", "wangwu", "chenmei"]),
        {"not": asks("staff", "in", ["lisi"])},
    )
    for condition in conditions:
        found, cursors = every_page(send, "/admin/customers:search", {"condition": condition, "limit": 7})
        told = " ".join(base64.urlsafe_b64decode(each + "=" * (-len(each) % 4)).decode() for each in cursors)
        assert {each // 100 for each in found} <= reached
        assert len(set(found)) == len(found)
        for number in {1, 2, 3, 4} - reached:
            assert f"cu_{number:02}" not in told
            assert f"wm{number}" not in told
        counted = send("POST", "/admin/customers:count", {"condition": condition}).json
        assert counted == {"count": len(found), "complete": True, "next_cursor": None}
    everybody, _ = every_page(send, "/admin/customers:search", {"condition": {"all": []}, "limit": 50})
    assert {each // 100 for each in everybody} == reached


def test_adm_02_a_colleague_out_of_scope_is_refused_everywhere(corp):
    listed(card(1, "ChenMei"))
    bodies = {"condition": {"all": []}, "owner": "ChenMei"}
    lisi, zhangsan = logged_in(corp, "lisi").send, console("zhangsan")

    refused = [
        lisi("GET", "/workbench/customers?owner=ChenMei"),
        lisi("POST", SEARCH, bodies),
        lisi("POST", "/workbench/customers:count", bodies),
        zhangsan("GET", "/admin/customers?owner=ChenMei"),
        zhangsan("POST", "/admin/customers:search", bodies),
        zhangsan("POST", "/admin/customers:count", bodies),
    ]

    assert {(each.status, each.code) for each in refused} == {(403, "out_of_scope")}


def test_a_wrong_condition_names_each_place(corp):
    condition = {
        "all": [
            asks("order_amount", "contains", "x"),
            {"any": [asks("nothing", "is", True), asks("added_at", "from", "yesterday")]},
        ]
    }

    answered = logged_in(corp, "lisi").send("POST", SEARCH, {"condition": condition})

    assert answered.status == 422
    assert {each["field"] for each in answered.json["errors"]} == {
        "condition.all.0.op",
        "condition.all.1.any.0.field",
        "condition.all.1.any.1.value",
    }


def test_a_cursor_belongs_to_its_question(corp):
    listed(*(card(each, tags=("a",)) for each in range(1, 9)))
    send = logged_in(corp, "lisi").send
    body = {"condition": asks("tags", "any", ["a"]), "limit": 2}
    cursor = send("POST", SEARCH, body).json["next_cursor"]
    other = cursor[:-6] + ("A" if cursor[-6] != "A" else "B") + cursor[-5:]

    refused = [
        send("POST", SEARCH, {**body, "cursor": cursor, "sort": "added_at"}),
        send("POST", SEARCH, {**body, "cursor": cursor, "condition": asks("tags", "any", ["b"])}),
        send("POST", "/workbench/customers:count", {"condition": body["condition"], "cursor": cursor}),
        send("POST", SEARCH, {**body, "cursor": other}),
        logged_in(corp, "wangwu").send("POST", SEARCH, {**body, "cursor": cursor}),
    ]

    assert {(each.status, each.json["errors"][0]["field"]) for each in refused} == {(422, "cursor")}
    assert numbers(send("POST", SEARCH, {**body, "cursor": cursor})) == [3, 4]


def test_a_relative_time_is_that_of_the_first_page(corp, at):
    listed(*(card(each, added_at=BEGAN - 30 * DAY + each * SECOND) for each in (1, 2, 3, 4)))
    send = logged_in(corp, "lisi").send
    body = {"condition": asks("added_at", "within_days", 30), "limit": 2}
    first = send("POST", SEARCH, body)

    at((BEGAN + timedelta(hours=1)).isoformat())
    second = send("POST", SEARCH, {**body, "cursor": first.json["next_cursor"]})
    anew = send("POST", SEARCH, body)

    assert (numbers(first), numbers(second), numbers(anew)) == ([4, 3], [2, 1], [])


def test_numbers_of_people_are_hidden(corp):
    listed(card(1, name="王 13800138000", remark="备用 13900139000"))

    answered = logged_in(corp, "lisi").send("GET", "/workbench/customers")

    assert "13800138000" not in answered.text
    assert "13900139000" not in answered.text
    assert answered.json["items"][0]["name"] == "王 138****8000"


def custom_field(key: str, **more):
    from scrm import clock
    from scrm.fields.dynamodb import FieldRow, forget
    from scrm.fields.model import CustomField

    FieldRow.of(CustomField(key, key, filterable=True, **more), clock.now()).save()
    forget()


def test_custom_fields_are_asked_for_and_shown_by_role(corp):
    custom_field("grade", type="option", options=("A", "B"))
    custom_field("income", type="number", roles=("finance",))
    custom_field("secret", masked=True)
    listed(card(1, fields={"grade": "A", "income": 5, "secret": "x"}), card(2, fields={"grade": "B"}))
    staff, finance = logged_in(corp, "lisi").send, logged_in(corp, "zhengshi").send

    found = staff("POST", SEARCH, {"condition": asks("field.grade", "in", ["A"])})
    refused = staff("POST", SEARCH, {"condition": asks("field.income", "gte", 1)})
    masked = finance("POST", SEARCH, {"condition": asks("field.secret", "is", "x")})
    theirs = finance("POST", SEARCH, {"condition": asks("field.income", "gte", 1), "owner": "lisi"})

    assert found.json["items"][0]["fields"] == {"grade": "A"}
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "condition.field")
    assert masked.status == 422
    assert theirs.json["items"][0]["fields"] == {"grade": "A", "income": 5}
    names = [
        {each["name"] for each in send("GET", "/workbench/conditions/fields").json["items"]}
        for send in (staff, finance)
    ]
    assert [each & {"field.grade", "field.income", "field.secret"} for each in names] == [
        {"field.grade"},
        {"field.grade", "field.income"},
    ]


def test_the_catalogue_names_kind_ops_and_choices(corp):
    answered = logged_in(corp, "lisi").send("GET", "/workbench/conditions/fields")

    items = {each["name"]: each for each in answered.json["items"]}
    assert items["kind"]["choices"] == ["prospect", "existing"]
    assert items["order_amount"]["kind"] == "number"
    assert "between" in items["order_amount"]["ops"]
    assert items["tags"]["level"] == "relation"


@pytest.mark.parametrize(
    "at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0999-01-01T00:00:00Z"]
)
def test_a_time_that_no_key_can_hold_is_refused(corp, at):
    listed(card(1))
    send = logged_in(corp, "lisi").send

    for field, op, value in (
        ("added_at", "from", at),
        ("deleted_at", "between", [at, "9999-12-31T23:59:59Z"]),
    ):
        for path in (SEARCH, COUNT):
            answered = send("POST", path, {"condition": asks(field, op, value)})
            assert (answered.status, answered.json["errors"][0]["field"]) == (422, "condition.value")
    for name in ("add_from", "add_to", "deleted_from", "deleted_to"):
        answered = send("GET", f"/workbench/customers?{urlencode({name: at})}")
        assert (answered.status, answered.json["errors"][0]["field"]) == (422, name)


@pytest.mark.parametrize("form", ["all", "any"])
def test_a_question_of_questions_is_not_tried_read_by_read(corp, monkeypatch, form):
    from scrm.conditions import choosing

    opened, reads = choosing.opened, []

    def counted(read, *rest, **more):
        reads.append(read)
        return opened(read, *rest, **more)

    monkeypatch.setattr(choosing, "opened", counted)
    listed(card(1, tags=("t3_7",)), card(2))
    asked = [asks("tags", "any", [f"t{place}_{n}" for n in range(40)]) for place in range(60)]

    found = logged_in(corp, "lisi").send("POST", SEARCH, {"condition": {form: asked}})

    assert numbers(found) == ([] if form == "all" else [1])
    assert len(reads) <= 250
