"""Tags to begin with, a limit, and those nobody uses (TAG-08, TAG-09); tag rules' routes (TAG-05)."""

from datetime import datetime
from typing import Any

import pytest

from tests.component.console import Ask, calls_of
from tests.component.http_world import befriended, corp_tag

GROUPS = ["重要程度", "年龄", "消费水平", "活跃程度"]
ADD = "externalcontact/add_corp_tag"


def test_tag_08_the_four_standard_groups_are_created_once(ask: Ask, corp: Any):
    first = ask("POST", "/admin/tags:bootstrap")
    again = ask("POST", "/admin/tags:bootstrap")

    assert (first.status, first.json["created"]) == (200, GROUPS)
    assert (again.json["created"], again.json["groups"]) == ([], first.json["groups"])
    assert len(calls_of(corp, ADD)) == 4
    spending = next(each for each in first.json["groups"] if each["name"] == "消费水平")
    assert [tag["name"] for tag in spending["tags"]] == ["高消费", "中消费", "低消费"]
    lines = ask("GET", "/admin/audit").json["items"]
    assert [line["action"] for line in lines] == ["tags_bootstrapped", "tags_bootstrapped"]


def test_tag_08_a_group_that_wecom_has_already_is_left_as_it_is(ask: Ask, corp: Any):
    from wecom_simulator.acts import tag_created

    tag_created(corp, group_name="年龄", names=["少年", "老年"])

    answer = ask("POST", "/admin/tags:bootstrap").json

    assert answer["created"] == ["重要程度", "消费水平", "活跃程度"]
    ages = next(each for each in answer["groups"] if each["name"] == "年龄")
    assert sorted(tag["name"] for tag in ages["tags"]) == ["少年", "老年"]


def test_tag_09_no_tag_beyond_the_limit(ask: Ask, corp: Any):
    corp_tag(corp, "一")
    assert ask("GET", "/admin/settings").json["tag_limit"] == 1000
    ask("PUT", "/admin/settings", {"tag_limit": 2})

    assert ask("POST", "/admin/tags", {"group_name": "意向", "name": "二"}).status == 201
    over = ask("POST", "/admin/tags", {"group_name": "意向", "name": "三"})
    group = ask("POST", "/admin/tag-groups", {"name": "组", "tags": [{"name": "甲"}]})
    standard = ask("POST", "/admin/tags:bootstrap")

    assert [(each.status, each.code) for each in (over, group, standard)] == [(409, "tag_limit_reached")] * 3
    assert len(calls_of(corp, ADD)) == 1
    assert ask("GET", "/admin/tags/hygiene").json["near_limit"]


def played(tables: Any, lambda_context: Any) -> None:
    from tests.component.conftest import app_of

    app_of("react_to_changes").handler({"Records": tables.stream()}, lambda_context)


def tag_at(corp: Any, tables: Any, there: str, *tag_ids: str) -> None:
    """Let a relation have these tags, as whoever reports it."""
    from dataclasses import replace

    from scrm import clock
    from scrm.customers.dynamodb import Customers

    relation = Customers().relation(there, "lisi", consistent=True)
    assert relation
    Customers().save_relation(replace(relation, tags=tag_ids), clock.now())


def test_tag_09_a_tag_put_on_nobody_for_90_days_is_listed(
    ask: Ask, corp: Any, tables: Any, queues: Any, at: Any, lambda_context: Any
):
    ask(
        "POST",
        "/admin/tag-groups",
        {"name": "组", "tags": [{"name": "常用"}, {"name": "旧"}, {"name": "从未"}]},
    )
    ids = {each["name"]: each["tag_id"] for each in ask("GET", "/admin/tags").json["items"]}
    there = befriended(corp, "lisi")
    tag_at(corp, tables, there, ids["旧"])
    played(tables, lambda_context)
    assert ask("GET", "/admin/tags/hygiene").json["unused"] == 0

    at("2026-05-20T10:00:00+08:00")
    tag_at(corp, tables, there, ids["旧"], ids["常用"])
    played(tables, lambda_context)
    at("2026-06-01T10:00:00+08:00")
    shown = ask("GET", "/admin/tags/hygiene").json

    assert (shown["tags"], shown["unused"], shown["near_limit"]) == (3, 2, False)
    assert {each["name"]: each["last_marked_at"] for each in shown["items"]} == {
        "从未": None,
        "旧": "2026-03-02T10:15:00+08:00",
    }
    assert ask("GET", "/admin/tags/hygiene", query={"days": "30"}).json["unused"] == 2
    assert ask("GET", "/admin/tags/hygiene", query={"days": "0"}).status == 422
    page = ask("GET", "/admin/tags/hygiene", query={"limit": "1"}).json
    rest = ask("GET", "/admin/tags/hygiene", query={"limit": "1", "cursor": page["next_cursor"]}).json
    assert [page["items"][0]["name"], rest["items"][0]["name"]] in (["旧", "从未"], ["从未", "旧"])


def test_tag_09_how_many_still_have_it_is_counted(ask: Ask, corp: Any, tables: Any, at: Any):
    from scrm.cards.postings import has
    from scrm.table import Row

    tag = corp_tag(corp, "旧")
    for number in range(3):
        Row(has("tags", tag), f"2026-01-01T00:00:00Z#cu_{number}").save()

    (shown,) = ask("GET", "/admin/tags/hygiene").json["items"]

    assert (shown["tag_id"], shown["customers"]) == (tag, 3)


def test_tag_09_a_tags_row_is_written_once_a_day(
    corp: Any, tables: Any, queues: Any, at: Any, lambda_context: Any
):
    from scrm.tagging.use_dynamodb import note_marked

    moments = ["2026-03-02T01:00:00+00:00", "2026-03-02T23:00:00+00:00", "2026-03-01T01:00:00+00:00"]
    for moment in moments:
        when = datetime.fromisoformat(moment)
        note_marked(["t1"], when, when)
    assert [row["marked_at"] for row in tables.rows("TAGUSE")] == ["2026-03-02T01:00:00Z"]
    later = datetime.fromisoformat("2026-03-03T00:00:00+00:00")
    note_marked(["t1", "t2"], later, later)
    assert [row["marked_at"] for row in tables.rows("TAGUSE")] == ["2026-03-03T00:00:00Z"] * 2


# ------------------------------------------------------------------ rules


def rule_body(tag: str, **changes: Any) -> dict[str, Any]:
    return {"name": "问价", "kind": "keyword", "values": ["价格"], "tag_ids": [tag], **changes}


def test_tag_05_rules_are_made_changed_and_deleted_with_their_lines(ask: Ask, corp: Any, tables: Any):
    tag = corp_tag(corp, "关注价格")

    made = ask("POST", "/admin/tag-rules", rule_body(tag, hours={"start": "09:00", "end": "18:00"}), key="k1")
    assert (
        ask(
            "POST", "/admin/tag-rules", rule_body(tag, hours={"start": "09:00", "end": "18:00"}), key="k1"
        ).json
        == made.json
    )
    rule = made.json
    path = f"/admin/tag-rules/{rule['rule_id']}"
    assert (made.status, rule["version"], rule["hours"]) == (201, 1, {"start": "09:00", "end": "18:00"})
    assert ask("GET", path).json == rule
    assert ask("GET", "/admin/tag-rules").json["items"] == [rule]

    changed = ask("PUT", path, rule_body(tag, enabled=False, weekdays=[7, 1, 1], version=1))
    stale = ask("PUT", path, rule_body(tag, version=1))
    assert (changed.json["version"], changed.json["enabled"], changed.json["weekdays"]) == (2, False, [1, 7])
    assert (stale.status, stale.code) == (409, "version_conflict")
    assert (ask("DELETE", path).status, ask("GET", path).status) == (204, 404)
    actions = [line["action"] for line in ask("GET", "/admin/audit").json["items"]]
    assert actions == ["tag_rule_deleted", "tag_rule_changed", "tag_rule_created"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "order"}, "kind"),
        ({"tag_ids": []}, "tag_ids"),
        ({"tag_ids": ["unheard-of"]}, "tag_ids.0"),
        ({"weekdays": [8]}, "weekdays.0"),
        ({"hours": {"start": "25:00", "end": "18:00"}}, "hours.start"),
        ({"name": ""}, "name"),
        ({"tags": []}, "tags"),
    ],
)
def test_tag_05_a_wrong_rule_names_its_field(ask: Ask, corp: Any, changes: Any, field: str):
    answer = ask("POST", "/admin/tag-rules", rule_body(corp_tag(corp, "关注价格"), **changes))

    assert (answer.status, answer.json["errors"][0]["field"]) == (422, field)
