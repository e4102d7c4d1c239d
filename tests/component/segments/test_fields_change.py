"""Cards, lists and segments follow the definitions of custom fields (CUS-13, SEG-10, issue 3 part 7)."""

from dataclasses import replace
from typing import Any

import pytest

from tests.component.segments.conftest import friend
from tests.component.segments.test_computing import members
from tests.doubles.bundle import Bundle, Died

GRADE = {"key": "grade", "title": "等级", "type": "text"}
GOOD = {"field": "field.grade", "op": "in", "value": ["A"]}


def valued(bundle: Bundle, value: Any, key: str = "grade") -> str:
    """Make a friend of lisi who has a value under a key; return their customer_id."""
    from scrm.customers.dynamodb import Customers

    _, customer_id = friend(bundle)
    rows = Customers()
    known = rows.customer(customer_id, consistent=True)
    assert known is not None
    rows.save_customer(replace(known, custom_fields={key: value}), bundle.time.now())
    bundle.settle()
    return customer_id


def follow(bundle: Bundle) -> None:
    """Let the job and, a minute and a half later, the cards follow."""
    bundle.settle()
    bundle.time.sleep(90)
    bundle.settle()


def fields_on_cards(customer_id: str) -> list[dict[str, Any]]:
    from scrm.cards.dynamodb import of_customer

    return [dict(each.fields) for each in of_customer(customer_id, consistent=True)]


def job(ask: Any, job_id: str) -> tuple[Any, ...]:
    found = ask("GET", f"/admin/jobs/{job_id}").json
    return found["kind"], found["status"], found["done"], found["skipped"]


def test_who_has_a_value_enters_once_their_field_may_be_asked_for(bundle, ask, make):
    assert ask("POST", "/admin/fields", GRADE).json["renewal"] is None
    good, bad = valued(bundle, "A"), valued(bundle, "B")

    changed = ask("PUT", "/admin/fields/grade", {"filterable": True})
    segment_id = make("优质", GOOD)
    bundle.settle()
    assert job(ask, changed.json["renewal"]) == ("cards_renew", "done", 2, 0)
    assert members(segment_id) == [], "processes may know the old definitions for a minute"
    follow(bundle)

    assert members(segment_id) == [good]
    assert fields_on_cards(bad) == [{"grade": "B"}]
    found = ask("GET", "/admin/fields").json["items"][0]
    assert found["renewal"] == changed.json["renewal"]


def test_a_field_nobody_may_ask_for_any_more_goes_from_the_cards_that_carry_it(bundle, ask, make):
    ask("POST", "/admin/fields", {**GRADE, "filterable": True})
    good, _ = valued(bundle, "A"), friend(bundle)
    segment_id = make("优质", GOOD)
    bundle.settle()
    assert members(segment_id) == [good]

    changed = ask("PUT", "/admin/fields/grade", {"filterable": False})
    follow(bundle)

    assert job(ask, changed.json["renewal"]) == ("cards_renew", "done", 1, 1)
    assert (members(segment_id), fields_on_cards(good)) == ([], [{}])
    assert not bundle.rows("HAS#field.grade#")


def test_a_change_of_the_title_asks_nobody(bundle, ask):
    made = ask("POST", "/admin/fields", {**GRADE, "filterable": True}).json

    changed = ask("PUT", "/admin/fields/grade", {"title": "级别"}).json

    assert (changed["title"], changed["renewal"]) == ("级别", made["renewal"])
    assert len(bundle.rows("JOBS")) == 2  # the list of all, and the administrator's own


@pytest.mark.parametrize(
    ("kind", "value", "asked"),
    [
        ("number", 5, {"op": "between", "value": [1, 9]}),
        ("number", 5, {"op": "in", "value": [5]}),
        ("text", "A", {"op": "in", "value": ["A"]}),
        ("bool", True, {"op": "is", "value": True}),
        ("date", "2026-01-01", {"op": "before", "value": "2026-02-01T00:00:00+08:00"}),
        ("options", ["A"], {"op": "none", "value": ["B"]}),
        ("option", "A", {"op": "not_in", "value": ["B"]}),
    ],
)
def test_a_field_of_another_type_is_unknown_to_what_asked_for_the_former(
    bundle, ask, make, kind, value, asked
):
    def create(of: str) -> None:
        options = {"options": ["A", "B"]} if of in {"option", "options"} else {}
        body = {**GRADE, "type": of, "filterable": True, **options}
        assert ask("POST", "/admin/fields", body).status == 201

    create(kind)
    customer_id = valued(bundle, value)
    segment_id, others = make("原条件", {"field": "field.grade", **asked}), make("全部", {"all": []})
    bundle.settle()
    assert members(segment_id) == [customer_id]

    for other in ("text", "number", "bool", "date", "option", "options"):
        assert ask("DELETE", "/admin/fields/grade").status == 204
        create(other)
        follow(bundle)
        bundle.time.sleep(90)
        _, newcomer = friend(bundle, name=other)
        bundle.settle()
        assert newcomer in members(others), other
        assert not [name for name in bundle.waiting() if name.endswith("Dead")], other
        preview = ask("POST", f"/admin/segments/{segment_id}:recompute")
        assert preview.status == 200
        bundle.settle()


def test_killed_at_every_send_everybody_is_asked_all_the_same(bundle, ask, make, monkeypatch):
    monkeypatch.setattr("scrm.cards.renewing.PAGE", 2)
    monkeypatch.setattr("scrm.cards.renewing.MOST_PAGES", 1)
    ask("POST", "/admin/fields", GRADE)
    ids = [valued(bundle, "A") for _ in range(5)]
    deaths = iter([True, False, True])

    def dies(call: Any) -> None:
        asked = call.operation == "SendMessageBatch" and "CardRefreshes" in str(call.request)
        if asked and next(deaths, False):
            raise Died

    bundle.cloud.after.append(dies)
    changed = ask("PUT", "/admin/fields/grade", {"filterable": True})
    segment_id = make("优质", GOOD)
    follow(bundle)

    assert bundle.deaths == 2
    assert job(ask, changed.json["renewal"]) == ("cards_renew", "done", 5, 0)
    assert members(segment_id) == sorted(ids)


@pytest.mark.parametrize("hidden", [{"roles": ["finance"]}, {"masked": True}])
def test_nobody_finds_out_a_hidden_value_by_segments(bundle, ask, make, hidden):
    ask("POST", "/admin/fields", {**GRADE, "filterable": True, **hidden})
    valued(bundle, "A")
    body = {"name": "猜", "kind": "dynamic", "status": "active", "condition": GOOD}
    listed, other = make("清单"), make("全部", {"all": []})

    refused = [
        ask("POST", "/admin/segments:preview", {"condition": GOOD}),
        ask("POST", "/admin/segments", body),
        ask("PUT", f"/admin/segments/{other}", {"condition": GOOD, "version": 1}),
        ask("POST", f"/admin/segments/{listed}/members:freeze", {"condition": GOOD}),
    ]

    assert [(each.status, each.json["errors"][0]["field"]) for each in refused] == [
        (422, "condition.field")
    ] * 4
