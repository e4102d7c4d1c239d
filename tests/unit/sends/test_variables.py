"""CON-05: variables of texts, filled from the customer and the member."""

from scrm.fields.model import CustomField
from scrm.sends.variables import field_values, filled

VALUES = {"customer": "小雨", "field.city": "成都"}


def test_variables_are_filled_and_other_braces_stay() -> None:
    assert filled("{customer}{field.city}", VALUES) == ("小雨成都", ())
    assert filled("{{customer}} {Customer} {} {a b} {", VALUES) == ("{小雨} {Customer} {} {a b} {", ())


def test_each_missing_variable_is_named_once_and_left_standing() -> None:
    assert filled("{staff}{stage}{staff}", VALUES) == ("{staff}{stage}{staff}", ("staff", "stage"))


def test_a_value_is_not_filled_again() -> None:
    assert filled("{customer}", {"customer": "{staff}", "staff": "李四"}) == ("{staff}", ())


def test_only_fields_that_a_role_sees_in_full_are_values() -> None:
    known = {
        "city": CustomField("city", "城市"),
        "income": CustomField("income", "收入", type="number", roles=("finance",)),
        "number": CustomField("number", "证件", masked=True),
    }
    values = {
        "city": "成都",
        "income": 1.0,
        "number": "123",
        "free": True,
        "empty": None,
        "many": ["甲", "乙"],
    }

    assert field_values(values, known, "staff") == {
        "field.city": "成都",
        "field.free": "是",
        "field.many": "甲、乙",
    }
    assert field_values(values, known, "finance")["field.income"] == "1"
