"""Many choices out of few, as one number in text: to the base of how many there are, no bit is lost. Pure."""

import base64
from collections.abc import Sequence


def as_text(choices: Sequence[int], base: int) -> str:
    """Return choices, each 0 to `base` - 1, as text: a thousand out of three are 248 bytes."""
    number = 1
    for each in choices:
        number = number * base + each
    return base64.b85encode(number.to_bytes((number.bit_length() + 7) // 8, "big")).decode()


def of_text(text: str, base: int) -> list[int]:
    """Return the choices that a text tells; `base` is what it was made with, at least 2."""
    number = int.from_bytes(base64.b85decode(text), "big")
    found = []
    while number > 1:
        number, choice = divmod(number, base)
        found.append(choice)
    return found[::-1]
