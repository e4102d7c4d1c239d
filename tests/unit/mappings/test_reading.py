"""A foreign payload reads as rows of ours, and what nobody speaks of is named (INT-03)."""

from typing import Any

import pytest

from scrm.mappings.converting import Kind, Unreadable, converted
from scrm.mappings.model import FeedMapping, Part, at_path, read, rows_of


def mapping(parts: dict[str, Part], **more: Any) -> FeedMapping:
    return FeedMapping("billing", "customers", parts, **more)


def test_a_row_is_read_by_paths_constants_and_translations() -> None:
    foreign = {"uid": 7, "info": {"lv": 3, "tags": ["a", "b"]}, "mobile": "", "noise": {"x": 1}}
    parts = {
        "crmid": Part("uid", "text"),
        "version": Part(constant=1),
        "fields.level": Part("info.lv", values={"3": "金卡"}),
        "fields.first": Part("info.tags.0"),
        "phone": Part("mobile"),
        "name": Part("nowhere.at.all"),
    }
    found = read(foreign, mapping(parts))
    assert found.row == {"crmid": "7", "version": 1, "fields": {"level": "金卡", "first": "a"}}
    assert found.unknown == ("info.tags.*", "noise.x")
    assert found.wrong == {}
    assert read(foreign, mapping(parts, ignored=("info", "noise.*"))).unknown == ()


def test_items_of_a_list_are_read_each() -> None:
    foreign = {"items": [{"sku": "P", "fee": "199.00", "memo": 1}, {"sku": "Q", "fee": "x"}]}
    parts = {"lines": Part("items", rows={"product_code": Part("sku"), "amount_fen": Part("fee", "yuan")})}
    found = read(foreign, mapping(parts))
    assert found.row["lines"][0] == {"product_code": "P", "amount_fen": 19900}
    assert found.wrong.keys() == {"lines.1.amount_fen"}
    assert found.unknown == ("items.*.memo",)
    assert read({"items": 5}, mapping(parts)).wrong == {"lines": "应为列表"}


@pytest.mark.parametrize(
    ("kind", "value", "read_as"),
    [
        ("text", 7, "7"),
        ("integer", " 7 ", 7),
        ("number", "7.5", 7.5),
        ("number", "7.0", 7),
        ("yuan", "199", 19900),
        ("yuan", 0.29, 29),
        ("bool", "是", True),
        ("bool", 0, False),
        ("date", "2026-03-02 10:15:00", "2026-03-02"),
        ("time", "2026-03-02 10:15:00", "2026-03-02T10:15:00+08:00"),
        ("time", "2026-03-02T02:15:00Z", "2026-03-02T02:15:00+00:00"),
        ("unix", 1772417700, "2026-03-02T02:15:00+00:00"),
        ("unix_ms", "1772417700000", "2026-03-02T02:15:00+00:00"),
    ],
)
def test_kinds(kind: Kind, value: Any, read_as: Any) -> None:
    assert converted(value, kind) == read_as


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("integer", "7.5"),
        ("integer", True),
        ("number", "NaN"),
        ("number", "x"),
        ("yuan", "1.999"),
        ("yuan", "Infinity"),
        ("bool", "maybe"),
        ("time", "gestern"),
        ("unix", 10**20),
        ("unix", "NaN"),
        ("text", {"a": 1}),
    ],
)
def test_what_cannot_be_read(kind: Kind, value: Any) -> None:
    with pytest.raises(Unreadable):
        converted(value, kind)


def test_a_value_without_translation_is_wrong() -> None:
    assert read({"lv": 9}, mapping({"fields.level": Part("lv", values={"3": "金卡"})})).wrong


def test_rows_are_a_list_or_one() -> None:
    assert rows_of({"data": {"list": [1, 2]}}, mapping({}, rows="data.list")) == [1, 2]
    assert rows_of({"id": 1}, mapping({})) == [{"id": 1}]
    assert rows_of([], mapping({})) is None
    assert rows_of({"data": 5}, mapping({}, rows="data")) is None
    assert at_path([{"a": [5]}], "0.a.0") == 5
    assert read("text", mapping({"crmid": Part("id")})).row == {}


@pytest.mark.parametrize("kind", ["number", "yuan", "unix", "unix_ms"])
@pytest.mark.parametrize("value", ["1e999999", "1e999999999999", "-1e99999", "1e-999999999"])
def test_a_number_that_would_take_minutes_to_write_out_is_none(kind: Kind, value: str) -> None:
    with pytest.raises(Unreadable):
        converted(value, kind)


def test_a_step_of_a_path_that_only_looks_like_a_number_is_no_place() -> None:
    assert at_path(["a", "b", "c"], "²") is None
