"""What is shown of numbers (ADM-06)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrm.sidebar import masking


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("13800008000", "138****8000"),
        ("02158880000", "*******0000"),
        ("+8613800008000", "**********8000"),
        ("12345", "****2345"),
        ("110", "****"),
        ("", "****"),
    ],
)
def test_a_phone(number, shown):
    assert masking.phone(number) == shown


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("id_card", "11010119900307123X", "110101********123X"),
        ("card_no", "6222020200112233445", "622202*********3445"),
        ("card_no", "12345678", "********"),
        ("email", "xiaoyu@example.com", "x***@example.com"),
        ("mobile", "13800008000", "138****8000"),
        ("crmid", "C-1", "C-1"),
        ("plate", "沪A12345", "沪A12345"),
    ],
)
def test_a_value_of_a_kind(kind, value, shown):
    assert masking.of_kind(kind, value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("打 13800008000 找她", "打 138****8000 找她"),
        ("110101199003071234", "110101********1234"),
        ("订单 2026030213800008000999", "订单 2026030213800008000999"),
        ("12800008000", "12800008000"),
    ],
)
def test_numbers_in_a_text(value, shown):
    assert masking.text(value) == shown


def test_fields_keep_their_types_unless_they_are_such_a_number():
    given_fields = {"a": 30, "b": True, "c": None, "d": 13800008000, "e": "x", "f": 1.5}

    assert masking.fields(given_fields) == {**given_fields, "d": "138****8000"}


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_a_mobile_never_shows_its_middle(number):
    shown = masking.phone(number)

    assert shown == f"{number[:3]}****{number[7:]}"
    assert masking.text(f"tel:{number}") == f"tel:{shown}"


def test_a_page_may_send_back_what_it_was_shown():
    assert masking.restored("138****8000", "phone", ["13900009000", "13811118000"]) == "13811118000"
    assert masking.restored("138****8001", "phone", ["13811118000"]) is None
