"""Typed values as DynamoDB compares and adds them."""

from __future__ import annotations

from decimal import Context, Decimal, InvalidOperation
from typing import Any

Typed = dict[str, Any]
Item = dict[str, Typed]

NUMBERS = Context(prec=38)
SET_TYPES = {"SS", "NS", "BS"}
ORDERED = {"S", "N", "B"}


class Refused(Exception):
    """What DynamoDB answers instead of doing it: an error code, a text, and further members of the body."""

    def __init__(self, code: str, message: str, **members: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.members = members


def invalid(message: str) -> Refused:
    """Return the refusal of a request that is wrong in itself."""
    return Refused("ValidationException", message)


def kind_of(typed: Typed) -> str:
    """Return the one type of a value, e.g. "S"."""
    ((kind, _),) = typed.items()
    return kind


def number(text: str) -> Decimal:
    """Return a number; raises Refused when DynamoDB would not hold it (38 digits)."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise invalid(f"The parameter cannot be converted to a numeric value: {text}") from None
    if len(value.normalize(Context(prec=200)).as_tuple().digits) > 38:
        raise invalid("Attempting to store more than 38 significant digits in a Number")
    return value


def number_text(value: Decimal) -> str:
    """Return the number as DynamoDB gives it back: no exponent, no trailing zeros."""
    text = f"{value.normalize(NUMBERS):f}"
    return "0" if text == "-0" else text


def normal(typed: Typed) -> Typed:
    """Return a value as it is stored: numbers in one spelling, nothing shared with the caller."""
    ((kind, value),) = typed.items()
    if kind == "N":
        return {"N": value if _plain_integer(value) else number_text(number(value))}
    if kind == "M":
        return {"M": {name: normal(each) for name, each in value.items()}}
    if kind == "L":
        return {"L": [normal(each) for each in value]}
    if kind in SET_TYPES:
        return {kind: _normal_set(kind, value)}
    return {kind: value}


def _plain_integer(text: str) -> bool:
    return len(text) <= 38 and text.isascii() and text.isdigit() and (text[0] != "0" or text == "0")


def _normal_set(kind: str, members: list[Any]) -> list[Any]:
    if not members:
        raise invalid("One or more parameter values were invalid: An string set  may not be empty")
    if len(set(members)) != len(members):
        raise invalid("One or more parameter values were invalid: Input collection contains duplicates")
    return [number_text(number(each)) for each in members] if kind == "NS" else list(members)


def equal(left: Typed, right: Typed) -> bool:
    """Return whether two values are the same value of the same type; sets have no order."""
    kind = kind_of(left)
    if kind != kind_of(right):
        return False
    a, b = left[kind], right[kind]
    if kind == "N":
        return Decimal(a) == Decimal(b)
    if kind in SET_TYPES:
        return set(a) == set(b)
    if kind == "L":
        return len(a) == len(b) and all(map(equal, a, b))
    if kind == "M":
        return a.keys() == b.keys() and all(equal(a[name], b[name]) for name in a)
    return bool(a == b)


def sort_key(typed: Typed) -> Any:
    """Return what a value of type S, N or B sorts by."""
    ((kind, value),) = typed.items()
    if kind == "N":
        return Decimal(value)
    return value.encode() if kind == "S" else value


def less(left: Typed, right: Typed) -> bool:
    """Return left < right; False for values of different or unordered types, as DynamoDB does."""
    kind = kind_of(left)
    if kind != kind_of(right) or kind not in ORDERED:
        return False
    return bool(sort_key(left) < sort_key(right))
