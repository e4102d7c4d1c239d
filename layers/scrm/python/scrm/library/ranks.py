"""Ranks: texts in the order of a list made by hand, with room between any two (spec CON-07). Pure.

A rank is a fraction written with DIGITS, without zeros at its end. Moving something takes a new rank between
its new neighbours and touches nothing else. Two who move at once into the same gap may take the same rank;
ids tell them apart, so that everybody sees one order.
"""

from collections.abc import Iterator

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BASE = len(DIGITS)
_STEP_WIDTH = 4
LONGEST = 48
"""Beyond this a list wants to be spread anew (`spread`)."""


def between(low: str, high: str) -> str:
    """Return a rank after `low` ("": the beginning) and before `high` ("": the end).

    Raises ValueError where there is none: `low` is not before `high`, or `high` is no rank.
    """
    if high and (low >= high or high.endswith(DIGITS[0])):
        raise ValueError("no room between these ranks")
    if not (low and high) and (at_end := _beyond(low, high)):
        return at_end
    rank = ""
    place = 0
    below_high = bool(high)
    while True:
        floor = DIGITS.index(low[place]) if place < len(low) else 0
        ceiling = DIGITS.index(high[place]) if below_high and place < len(high) else _BASE
        if ceiling - floor > 1:
            return rank + DIGITS[(floor + ceiling) // 2]
        rank += DIGITS[floor]
        # One step below the other end: from here on everything after `low` is before `high`.
        below_high = below_high and floor == ceiling
        place += 1


def _beyond(low: str, high: str) -> str:
    """Return a short rank at an open end, a small step away, so that a growing list keeps short ranks."""
    if not low and not high:
        return DIGITS[_BASE // 2]
    number = 0
    for digit in (low or high)[:_STEP_WIDTH].ljust(_STEP_WIDTH, DIGITS[0]):
        number = number * _BASE + DIGITS.index(digit)
    number += 1 if low else -1
    return _written(number, _STEP_WIDTH) if 0 < number < _BASE**_STEP_WIDTH else ""


def spread(count: int) -> Iterator[str]:
    """Yield `count` ranks in order, short and evenly apart."""
    width = 1
    while _BASE**width <= count + 1:
        width += 1
    step = _BASE**width // (count + 1)
    for place in range(1, count + 1):
        yield _written(place * step, width)


def _written(number: int, width: int) -> str:
    digits = ""
    for _ in range(width):
        number, digit = divmod(number, _BASE)
        digits = DIGITS[digit] + digits
    return digits.rstrip("0")
