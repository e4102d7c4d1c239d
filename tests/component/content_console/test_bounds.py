"""As much as a library may hold, and one more."""

import pytest

from tests.component.content_console.conftest import made, script, titles
from tests.component.content_console.test_import import counts, sent


@pytest.fixture
def small(monkeypatch):
    """Libraries of three items and two groups."""
    from scrm.library import checking, group_routes, import_writing

    monkeypatch.setattr(checking, "MOST_ITEMS", 3)
    monkeypatch.setattr(group_routes, "MOST_GROUPS", 2)
    monkeypatch.setattr(import_writing, "MOST_GROUPS", 2)


def test_so_many_items_and_no_more(admin, small, tables):
    kept = [script(admin, f"话{number}")["item_id"] for number in range(3)]
    before = tables.typed()
    body = {"title": "话", "parts": [{"kind": "text", "text": "x"}]}

    refused = admin.send("POST", "/admin/scripts", body)

    assert (refused.status, refused.code) == (409, "too_many_items")
    assert tables.typed() == before
    assert admin.send("DELETE", f"/admin/scripts/{kept[0]}").status == 204
    assert admin.send("POST", "/admin/scripts", body).status == 201


def test_so_many_groups_and_no_more(admin, small):
    for name in "甲乙":
        made(admin, "script-groups", name=name)

    refused = admin.send("POST", "/admin/script-groups", {"name": "丙"})

    assert (refused.status, refused.code) == (409, "too_many_groups")


def test_a_table_is_held_to_the_same_bounds(admin, small, tables):
    before = tables.typed()

    refused = sent("标题,内容\n" + "".join(f"话{n},x\n" for n in range(4)))
    assert (refused.status, refused.code) == (409, "too_many_items")
    assert tables.typed() == before

    answered = sent("标题,分组,内容\n一,甲/乙,x\n二,丙,x\n三,甲,x\n")
    assert counts(answered) == {"created": 2, "failed": 1}
    assert [each["field"] for each in answered.json["rows"][1]["errors"]] == ["分组"]
    assert titles(admin) == ["三", "一"]


def test_as_many_parts_as_a_script_takes_are_published_in_one_transaction(admin):
    used = [made(admin, "materials", kind="text", name=f"素材{n}", text="x")["item_id"] for n in range(9)]
    parts = [{"kind": "material", "material_id": each} for each in used]

    new = script(admin, "九段", parts=parts)

    assert [part["content"]["name"] for part in new["published"]["parts"]] == [f"素材{n}" for n in range(9)]
    too_many = {"title": "十段", "parts": [*parts, {"kind": "text", "text": "x"}]}
    refused = admin.send("POST", "/admin/scripts", too_many)
    assert [each["field"] for each in refused.json["errors"]] == ["parts"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[" * 50_000,
        b'{"content_base64": "\xff"}',
        b"null",
        b'{"content_base64": ""}',
        b'{"content_base64": "AAAA", "more": 1}',
    ],
)
def test_json_that_is_no_file_is_refused(admin, body):
    assert sent(body, kind="application/json").status == 422
