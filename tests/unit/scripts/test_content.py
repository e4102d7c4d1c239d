"""A script has up to nine parts of mixed kinds; what it names is in it once it is published (CON-05)."""

from typing import Any

import pytest

from scrm.http import validation
from scrm.http.problems import Problem
from scrm.materials.content import FileUse
from scrm.scripts import content
from scrm.scripts.content import Script

FILE = "fi_0a1b2c3d4e5f60718293"
COVER = "fi_000000000000000000aa"
TEXT = {"kind": "text", "text": "{customer}您好，这是价格表"}
WRITTEN: dict[str, Any] = {
    "title": "首次报价",
    "parts": [
        TEXT,
        {"kind": "image", "file_id": FILE},
        {"kind": "material", "material_id": "ma_1"},
        {"kind": "product", "product_id": "pr_1"},
    ],
    "stages": ["意向"],
    "keywords": ["价格"],
}
CARD = {"kind": "h5", "name": "报名", "title": "报名页", "url": "https://a.example/x", "cover_file_id": COVER}
GOODS = {"type": "nonstandard", "name": "春季班", "description": "十二次课"}
LIVE = {("material", "ma_1"): (3, CARD), ("product", "pr_1"): (1, GOODS)}


def lookup(kind: str, item_id: str) -> Any:
    return LIVE[kind, item_id]


def test_con_05_the_parts_stay_in_order_whatever_their_kinds():
    script = content.read(WRITTEN)

    assert content.plain(script) == WRITTEN
    assert list(content.used(script)) == [(2, "material", "ma_1"), (3, "product", "pr_1")]
    assert list(content.file_uses(script)) == [("parts.1", FileUse("file_id", FILE, "image"))]


def test_a_published_script_holds_what_it_names_as_it_was_then():
    published = content.published(content.read(WRITTEN), lookup)

    stored = content.plain(published)
    assert stored["parts"][2] == {"kind": "material", "material_id": "ma_1", "number": 3, "content": CARD}
    assert content.plain(content.read_published(stored)) == stored
    assert content.files(published) == (FILE, COVER)
    assert content.plain(content.written(published)) == WRITTEN


def test_what_a_list_and_a_search_know_of_a_script():
    shown = content.shown(content.published(content.read(WRITTEN), lookup))

    assert (shown.title, shown.stages, shown.keywords) == ("首次报价", ("意向",), ("价格",))
    assert "价格表" in shown.words
    assert "报名页" in shown.words
    assert "十二次课" in shown.words
    assert shown.summary["kinds"] == ["text", "image", "material", "product"]
    assert shown.summary["uses"] == ["material#ma_1", "product#pr_1"]
    assert shown.summary["numbers"] == {"material#ma_1": 3, "product#pr_1": 1}


def test_a_script_that_names_something_unpublished_is_not_published():
    with pytest.raises(KeyError):
        content.published(
            content.read({**WRITTEN, "parts": [{"kind": "material", "material_id": "x"}]}), lookup
        )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "题" * 101}, "title"),
        ({"parts": []}, "parts"),
        ({"parts": [TEXT] * 10}, "parts"),
        ({"parts": [{"kind": "text", "text": "字" * 1334}]}, "parts.0.text"),
        (
            {"parts": [TEXT, {"kind": "h5", "title": "a", "url": "https://a.example"}]},
            "parts.1.cover_file_id",
        ),
        ({"parts": [{"kind": "poem"}]}, "parts.0.kind"),
        ({"parts": [{"kind": "material"}]}, "parts.0.material_id"),
        ({"parts": [{"kind": "material", "material_id": "m", "content": {}}]}, "parts.0.content"),
        ({"stages": ["阶段"] * 21}, "stages"),
        ({"keywords": [""]}, "keywords.0"),
        ({"keywords": ["甲、乙"]}, "keywords.0"),
        ({"stages": ["意向,成交"]}, "stages.0"),
    ],
)
def test_what_is_wrong_is_named(changes, field):
    import json

    with pytest.raises(Problem) as refused:
        validation.body(Script, json.dumps({**WRITTEN, **changes}).encode())

    assert [each.field for each in refused.value.errors] == [field]


def test_as_much_as_a_script_takes():
    most = {
        "title": "题" * 100,
        "parts": [{"kind": "text", "text": "字" * 1333}] * 9,
        "stages": [f"{number:02}" + "阶" * 62 for number in range(20)],
        "keywords": [f"{number:02}" + "词" * 28 for number in range(20)],
    }

    assert content.plain(content.read(most)) == most
