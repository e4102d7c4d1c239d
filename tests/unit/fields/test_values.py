"""Which values a custom field takes (spec CUS-13)."""

from typing import Any

import pytest

from scrm.fields.model import CustomField, FieldType, wrong_values
from scrm.fields.showing import grouped, visible


def field(kind: FieldType, **more: Any) -> CustomField:
    options = ("茶", "咖啡") if kind.startswith("option") else ()
    return CustomField("taste", "口味", type=kind, options=options, **more)


@pytest.mark.parametrize(
    ("kind", "value", "fits"),
    [
        ("text", "绿茶", True),
        ("text", 5, False),
        ("text", "x" * 501, False),
        ("number", 5, True),
        ("number", 5.5, True),
        ("number", "5", False),
        ("number", True, False),
        ("number", 10**16, False),
        ("bool", True, True),
        ("bool", 1, False),
        ("date", "2026-03-02", True),
        ("date", "2026-02-30", False),
        ("date", "20260302", False),
        ("date", 20260302, False),
        ("option", "茶", True),
        ("option", "酒", False),
        ("option", ["茶"], False),
        ("options", ["茶", "咖啡"], True),
        ("options", [], True),
        ("options", "茶", False),
        ("options", ["茶", "酒"], False),
        ("options", [["茶"]], False),
        ("date", None, True),
    ],
)
def test_cus_13_a_value_fits_its_type(kind: FieldType, value: Any, fits: bool) -> None:
    assert (field(kind).wrong(value) == "") is fits


def test_a_key_without_a_field_holds_plain_values_unless_strict() -> None:
    given = {"free": "文本", "list": ["a"], "taste": 5}
    known = {"taste": field("text")}
    assert wrong_values(given, known, strict=False).keys() == {"list", "taste"}
    assert wrong_values(given, known, strict=True).keys() == {"free", "list", "taste"}


def test_a_field_is_shown_to_its_roles_and_a_masked_one_to_nobody() -> None:
    known = {
        "taste": field("text"),
        "income": CustomField("income", "收入", roles=("finance",), type="number"),
        "card": CustomField("card", "证件", "identity", masked=True),
    }
    values = {"taste": "茶", "income": 10, "card": "ABC", "free": 1}
    assert visible(values, known, "staff") == {"taste": "茶", "card": "***", "free": 1}
    assert visible(values, known, "finance")["income"] == 10
    assert [each.key for each in grouped({}, known, "finance")] == ["card", "taste", "income"]
    assert [(each.group_title, each.value) for each in grouped(values, known, "staff")] == [
        ("身份属性", "***"),
        ("其他", "茶"),
    ]
