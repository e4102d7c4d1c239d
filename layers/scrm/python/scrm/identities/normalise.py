"""Identity kinds and the one form under which equal values are equal. Source: spec IDN-05, IDN-25."""

import re
from typing import Literal, get_args
from unicodedata import decimal

IdentityKind = Literal["phone", "email", "unionid", "crmid", "plate", "student_no", "card_no", "id_card"]
KINDS: tuple[IdentityKind, ...] = get_args(IdentityKind)

_FILL = re.compile(r"[\s\-().·–—]+")
_PHONE = re.compile(r"\+?[0-9]{5,20}")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
# However it was dialled: with China's code, once or twice, and the 0 that is dialled for a mobile elsewhere.
_DIALLED = re.compile(r"(?:\+?(?:00)?86)*0?(1[3-9][0-9]{9})")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_ID_CARD = re.compile(r"\d{17}[\dX]")
_MAX = 128


class InvalidIdentity(ValueError):
    """A value that cannot be one of its kind; `kind` says which. The text holds no value."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"not a valid {kind}")
        self.kind = kind


def normalised(kind: IdentityKind, value: str) -> str:
    """Return the form under which `value` is looked up. Raises InvalidIdentity.

    Phones lose blanks, dashes and China's country code, so that +86 138-0013-8000 is 13800138000; other
    countries keep theirs. E-mail addresses and plates ignore case; ids of other systems are kept as they are.
    """
    text = _narrow(value).strip()
    if not text or len(text) > _MAX or not text.isprintable():
        raise InvalidIdentity(kind)
    if kind == "phone":
        return _phone(text)
    if kind == "email":
        return _matching(_EMAIL, text.lower(), kind)
    if kind == "plate":
        return _FILL.sub("", text).upper()
    if kind == "id_card":
        return _matching(_ID_CARD, _FILL.sub("", text).upper(), kind)
    return text


def is_mobile(phone: str) -> bool:
    """Return whether a normalised phone is a mobile of mainland China."""
    return _MOBILE.fullmatch(phone) is not None


def _phone(text: str) -> str:
    digits = _FILL.sub("", text)
    if mobile := _DIALLED.fullmatch(digits):
        return mobile.group(1)
    return _matching(_PHONE, digits.removeprefix("+86"), "phone")


def _matching(pattern: re.Pattern[str], text: str, kind: str) -> str:
    if not pattern.fullmatch(text):
        raise InvalidIdentity(kind)
    return text


def _narrow(value: str) -> str:
    """Return full-width signs, as Chinese input methods type them, and digits of any script as plain ones."""
    return "".join(_plain(c) for c in value)


def _plain(c: str) -> str:
    if 0xFF01 <= ord(c) <= 0xFF5E:
        return chr(ord(c) - 0xFEE0)
    return str(decimal(c)) if c.isdecimal() else c
