"""Segments from the console: what they are, what is refused, and the line each change leaves (SEG-10)."""

import pytest

from tests.component.http_world import corp_tag

BUYERS = {
    "all": [
        {"field": "order_count", "op": "gte", "value": 2},
        {"field": "order_amount", "op": "gte", "value": 500000},
    ]
}
BODY = {"name": "高价值复购", "kind": "dynamic", "condition": BUYERS}


@pytest.fixture
def make(ask):
    def made(**changes):
        answered = ask("POST", "/admin/segments", {**BODY, **changes})
        assert answered.status == 201, answered.text
        return answered.json

    return made


def inside(segment_id):
    return {"field": "segments", "op": "any", "value": [segment_id]}


def test_seg_10_a_segment_is_made_read_changed_and_archived(ask, make, tables):
    made = make()
    path = f"/admin/segments/{made['segment_id']}"

    assert (made["status"], made["version"], made["condition"], made["computation"]) == (
        "draft",
        1,
        BUYERS,
        None,
    )
    assert ask("GET", path).json == made
    active = ask("PUT", path, {"version": 1, "status": "active"}).json
    assert (active["status"], active["rules_version"]) == ("active", 2)
    assert active["computation"]["status"] == "queued"
    described = ask("PUT", path, {"version": 2, "description": "给销售看"}).json
    assert described["computation"] == active["computation"], "what is only said of it computes nothing"
    gone = ask("DELETE", path)
    assert (gone.status, gone.json["status"], gone.json["version"]) == (200, "archived", 4)
    assert gone.json["computation"]["job_id"] != active["computation"]["job_id"]
    assert ask("GET", "/admin/segments").json["items"] == []
    assert len(ask("GET", "/admin/segments", query={"status": "archived"}).json["items"]) == 1
    actions = [row["action"] for row in tables.rows("AUDIT") if row["SK"] != "HEAD"]
    assert actions == ["segment_created", "segment_changed", "segment_changed", "segment_archived"]


def test_a_stale_version_and_a_wrong_step_are_refused(ask, make):
    path = f"/admin/segments/{make(status='active')['segment_id']}"

    assert ask("PUT", path, {"version": 9, "name": "新"}).code == "version_conflict"
    assert ask("PUT", path, {"version": 1, "status": "draft"}).code == "segment_active"
    ask("DELETE", path)
    assert ask("PUT", path, {"version": 2, "name": "新"}).code == "segment_archived"
    assert ask("DELETE", path).json["version"] == 2
    assert ask("GET", "/admin/segments/none").status == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"condition": {"all": [{"field": "shoe_size", "op": "eq", "value": 1}]}}, "condition.all.0.field"),
        ({"condition": {"not": {"field": "order_count", "op": "any", "value": ["a"]}}}, "condition.not.op"),
        ({"condition": {"any": [inside("seg_nobody")]}}, "condition.any.0.value"),
        ({"condition": None}, "condition"),
        ({"kind": "static"}, "condition"),
        ({"kind": "fixed"}, "kind"),
        ({"name": ""}, "name"),
        ({"tag_id": "etNone"}, "tag_id"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_wrong_is_named(ask, tables, changes, field):
    answered = ask("POST", "/admin/segments", {**BODY, **changes})

    assert answered.status == 422, answered.text
    assert [each["field"] for each in answered.json["errors"]] == [field]
    assert tables.rows("SEGMENTS") == []


def test_segments_may_ask_of_each_other_but_not_in_a_circle(ask, make):
    first = make(name="一")
    second = make(name="二", condition={"all": [inside(first["segment_id"])]})
    third = make(name="三", condition={"not": inside(second["segment_id"])})

    round_trip = ask(
        "PUT",
        f"/admin/segments/{first['segment_id']}",
        {"version": 1, "condition": inside(third["segment_id"])},
    )
    itself = ask(
        "PUT",
        f"/admin/segments/{third['segment_id']}",
        {"version": 1, "condition": inside(third["segment_id"])},
    )

    assert (round_trip.status, round_trip.json["errors"][0]["field"]) == (422, "condition")
    assert "一 → 三 → 二 → 一" in round_trip.json["errors"][0]["message"]
    assert itself.status == 422
    used = ask("DELETE", f"/admin/segments/{first['segment_id']}")
    assert (used.status, used.code) == (409, "segment_in_use")


def test_a_name_is_taken_until_its_segment_is_archived(ask, make):
    made = make()

    again = ask("POST", "/admin/segments", BODY)
    assert (again.status, again.code) == (409, "name_taken")
    ask("DELETE", f"/admin/segments/{made['segment_id']}")
    assert ask("POST", "/admin/segments", BODY).status == 201


def test_a_repeated_creation_makes_one_segment_and_one_computation(ask, tables):
    body = {**BODY, "status": "active"}
    first, again = (ask("POST", "/admin/segments", body, key="k1") for _ in range(2))

    assert first.json["segment_id"] == again.json["segment_id"]
    assert len(tables.rows("SEGMENTS", "SEGMENT#")) == 1
    assert len(tables.rows("JOB#", "JOB")) == 1


def test_two_changes_of_different_segments_at_once_cannot_slip_past_each_other(ask, make, monkeypatch):
    from scrm.segments import saving

    first, second = make(name="一"), make(name="二")
    before = saving.known()
    ask(
        "PUT",
        f"/admin/segments/{first['segment_id']}",
        {"version": 1, "condition": inside(second["segment_id"])},
    )
    monkeypatch.setattr("scrm.segments.saving.known", lambda: before)

    late = ask(
        "PUT",
        f"/admin/segments/{second['segment_id']}",
        {"version": 1, "condition": inside(first["segment_id"])},
    )

    assert (late.status, late.code) == (409, "version_conflict")


def test_a_tag_and_a_plan_are_kept(ask, make, corp):
    tag = corp_tag(corp, "高价值", "分层")
    plan = {"content": ["mat_1"], "campaign": "cmp_1", "reward": "rw_1"}

    made = make(tag_id=tag, plan=plan)

    assert (made["tag_id"], made["plan"]) == (tag, plan)


def test_seg_13_14_15_21_22_presets_are_installed_once_by_one_computation(ask, tables):
    first = ask("POST", "/admin/segments:install-presets")
    again = ask("POST", "/admin/segments:install-presets")

    assert (first.status, first.json["installed"], again.json["installed"]) == (200, 21, 0)
    assert again.json["items"] == first.json["items"]
    assert len(tables.rows("JOB#", "JOB")) == 1
    names = [each["name"] for each in first.json["items"]]
    assert names[:4] == ["品牌无感者", "品牌关注者", "品牌互动者", "品牌追随者"]
    assert {"重要价值", "一般挽留", "意见领袖", "沉默客户"} <= set(names)


def test_an_edited_preset_stays_as_it_was_edited(ask):
    ask("POST", "/admin/segments:install-presets")
    kol = "/admin/segments/seg_finder_kol"
    ask("PUT", kol, {"version": 1, "condition": {"field": "referrals_90d", "op": "gte", "value": 1}})

    ask("POST", "/admin/segments:install-presets")

    assert ask("GET", kol).json["condition"]["value"] == 1


def test_what_a_role_may_not_see_it_learns_from_no_segment_either(ask, make):
    fields: dict[str, dict[str, object]] = {
        "income": {"roles": ["finance"]},
        "secret": {"masked": True},
        "city": {},
    }
    for key, more in fields.items():
        body = {"key": key, "title": key, "type": "text", "filterable": True, **more}
        assert ask("POST", "/admin/fields", body).status == 201
    listed = make(kind="static", condition=None, name="清单", status="active")["segment_id"]

    for key, refused in {"income": True, "secret": True, "city": False}.items():
        condition = {"field": f"field.{key}", "op": "is", "value": "x"}
        answers = [
            ask("POST", "/admin/segments:preview", {"condition": condition}),
            ask("POST", f"/admin/segments/{listed}/members:freeze", {"condition": condition}),
            ask("POST", "/admin/segments", {**BODY, "name": key, "condition": condition}),
        ]
        assert [each.status == 422 for each in answers] == [refused] * 3, [each.text for each in answers]


def test_a_segment_on_a_hidden_field_is_edited_but_not_pointed_elsewhere(ask, make):
    field = {"key": "income", "title": "收入", "type": "text", "filterable": True}
    assert ask("POST", "/admin/fields", field).status == 201
    condition = {"field": "field.income", "op": "is", "value": "x"}
    path = f"/admin/segments/{make(condition=condition)['segment_id']}"
    assert ask("PUT", "/admin/fields/income", {"roles": ["finance"]}).status == 200

    same = ask("PUT", path, {"version": 1, "description": "新", "condition": condition})
    other = ask("PUT", path, {"version": 2, "condition": {**condition, "value": "y"}})

    assert (same.status, other.status) == (200, 422)
