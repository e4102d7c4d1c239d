"""What is shown of numbers that belong to a person: 138****8000 (spec ADM-06). Pure."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

_MOBILE = re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)")
_ID_CARD = re.compile(r"(?<!\d)(\d{6})\d{8}(\d{3}[\dXx])(?!\d)")
_SHOWN = 4
_PHONES = frozenset({"mobile", "landline", "phone"})
_NUMBERS = frozenset({"id_card", "card_no", "student_no"})


def phone(number: str) -> str:
    """Return a phone number with its middle hidden; a short one shows its end alone."""
    if _MOBILE.fullmatch(number):
        return _MOBILE.sub(r"\1****\2", number)
    shown = number[-_SHOWN:] if len(number) > _SHOWN else ""
    return "*" * max(len(number) - len(shown), _SHOWN) + shown


def number(value: str) -> str:
    """Return an identity or card number with its first six and last four characters."""
    if len(value) <= 10:
        return "*" * len(value)
    return f"{value[:6]}{'*' * (len(value) - 10)}{value[-_SHOWN:]}"


def email(address: str) -> str:
    """Return a mail address with its first letter and its host."""
    name, at, host = address.partition("@")
    return f"{name[:1]}***{at}{host}"


def of_kind(kind: str, value: str) -> str:
    """Return a contact method's or an identity's value as everybody may see it."""
    if kind in _PHONES:
        return phone(value)
    if kind in _NUMBERS:
        return number(value)
    return email(value) if kind == "email" else value


def text(value: str) -> str:
    """Return text with the phone and identity card numbers in it hidden."""
    return _MOBILE.sub(r"\1****\2", _ID_CARD.sub(r"\1********\2", value))


def fields(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return custom fields with numbers hidden in their texts, and in numbers that are such ones."""
    return {name: _value(each) for name, each in values.items()}


def _value(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return value
    hidden = text(str(value))
    return value if hidden == str(value) else hidden


def restored(value: str, hide: str, known: Iterable[str]) -> str | None:
    """Return the known value that `value` is the hidden form of, None when there is none.

    A page sends back what it was shown; `hide` is the kind it was hidden as.
    """
    return next((each for each in known if of_kind(hide, each) == value), None)
