"""Materials are held to WeCom's own limits, in bytes where WeCom counts bytes (CON-02 to 04)."""

import json
from typing import Any

import pytest
from pydantic import TypeAdapter

from scrm.http import validation
from scrm.http.fields import In
from scrm.http.problems import Problem
from scrm.materials import content
from scrm.materials.content import FileUse, Material, Part

FILE = "fi_0a1b2c3d4e5f60718293"
H5 = {
    "kind": "h5",
    "name": "春季价格表",
    "title": "春季班价格表",
    "subtitle": "三分钟看懂",
    "url": "https://shop.example.com/p/81",
    "cover_file_id": FILE,
}
MINI = {
    "kind": "miniprogram",
    "name": "选课小程序",
    "title": "选课",
    "appid": "wx0123456789abcdef",
    "page": "pages/index.html?from=scrm",
    "cover_file_id": FILE,
}


class Body(In):
    content: Material


class Parts(In):
    parts: list[Part]


def errors_of(given: dict[str, Any], model: type[In] = Body, field: str = "content") -> dict[str, str]:
    """Return what a request is told about its fields."""
    with pytest.raises(Problem) as refused:
        validation.body(model, json.dumps({field: given}).encode())
    assert refused.value.status == 422
    return {each.field: each.message for each in refused.value.errors}


def accepted(given: dict[str, Any]) -> Any:
    return content.read(given)


@pytest.mark.parametrize(
    "given",
    [
        {"kind": "text", "name": "问候", "text": "您好"},
        {"kind": "image", "name": "海报", "file_id": FILE},
        {"kind": "video", "name": "介绍", "file_id": FILE},
        {"kind": "file", "name": "手册", "file_id": FILE},
        H5,
        MINI,
    ],
)
def test_con_02_each_kind_is_read_and_written_as_plain_json(given):
    assert content.plain(accepted(given)) == given


def test_con_03_h5_without_cover_or_scheme_names_the_field():
    assert errors_of({name: value for name, value in H5.items() if name != "cover_file_id"}) == {
        "content.cover_file_id": "必填"
    }
    told = "应以 http:// 或 https:// 开头的完整网址"
    for url in (
        "shop.example.com/p",
        "ftp://shop.example.com",
        "https://",
        "https:///p",
        "javascript:alert(1)",
        "https://a b.example.com",
        "http://[::1",
        "https://a.example.com/\u2028b",
        "//a.example.com",
    ):
        assert errors_of({**H5, "url": url}) == {"content.url": told}, url


def test_con_04_mini_program_without_appid_or_html_page_names_the_field():
    assert errors_of({name: value for name, value in MINI.items() if name != "appid"}) == {
        "content.appid": "必填"
    }
    for appid in ("wx123", "WX0123456789ABCDEF", "wx0123456789abcdeg", "gh_0123456789abcdef"):
        assert list(errors_of({**MINI, "appid": appid})) == ["content.appid"], appid
    for page in ("pages/index", "pages/index?x=.html", "pages/a b.html", "pages/#.html"):
        assert list(errors_of({**MINI, "page": page})) == ["content.page"], page


@pytest.mark.parametrize(
    ("given", "field", "limit"),
    [
        ({"kind": "text", "name": "长文", "text": ""}, "text", 4000),
        (H5, "title", 128),
        (H5, "subtitle", 512),
        (MINI, "title", 64),
    ],
)
def test_limits_count_bytes_of_chinese_text(given, field, limit):
    full = "价" * (limit // 3) + "x" * (limit % 3)
    assert len(full.encode()) == limit
    assert getattr(accepted({**given, field: full}), field) == full
    assert errors_of({**given, field: full + "x"}) == {f"content.{field}": f"最多 {limit} 字节"}


@pytest.mark.parametrize(
    ("given", "field", "start", "end", "limit"),
    [
        (H5, "url", "https://shop.example.com/", "", 2048),
        (MINI, "page", "p", ".html", 1024),
    ],
)
def test_addresses_are_limited_in_bytes(given, field, start, end, limit):
    full = start + "价" * 10
    full += "x" * (limit - len((full + end).encode())) + end
    accepted({**given, field: full})
    assert errors_of({**given, field: "x".join([full[:30], full[30:]])}) == {
        f"content.{field}": f"最多 {limit} 字节"
    }


def test_an_unknown_kind_and_a_missing_one_name_kind():
    told = {"content.kind": "应为 text、image、video、file、h5、miniprogram 之一"}
    assert errors_of({"kind": "voice", "name": "x"}) == told
    assert errors_of({"name": "x"}) == told
    assert errors_of({"kind": 3, "name": "x"}) == told


def test_con_05_a_part_is_the_same_content_without_a_name():
    assert errors_of([{"kind": "text", "text": "x"}, H5], Parts, "parts") == {"parts.1.name": "不支持的字段"}
    parts = TypeAdapter(list[Part]).validate_python([{"kind": "text", "text": "您好"}])
    assert content.plain(parts[0]) == {"kind": "text", "text": "您好"}


@pytest.mark.parametrize("file_id", ["", "fi_1", "../secrets", "fi_0A1B2C3D4E5F60718293", "files/" + FILE])
def test_a_file_is_named_by_its_id_alone(file_id):
    assert list(errors_of({"kind": "image", "name": "x", "file_id": file_id})) == ["content.file_id"]


def test_what_is_shown_and_searched():
    shown = content.shown(accepted(H5))
    assert shown.title == "春季价格表"
    assert {"春季班价格表", "三分钟看懂"} <= set(shown.words.split())
    assert shown.summary == {name: value for name, value in H5.items() if name != "name"}
    text = content.shown(accepted({"kind": "text", "name": "问候", "text": "好" * 500}))
    assert text.words == "好" * 500
    assert text.summary == {"kind": "text", "text": "好" * 100}


def test_the_files_a_content_uses():
    assert content.files(accepted({"kind": "text", "name": "x", "text": "y"})) == ()
    assert content.files(accepted(H5)) == (FILE,)
    assert content.file_uses(accepted(MINI)) == (FileUse("cover_file_id", FILE, "image"),)
    video = accepted({"kind": "video", "name": "x", "file_id": FILE})
    assert content.file_uses(video) == (FileUse("file_id", FILE, "video"),)
