"""Reading foreign values as kinds of ours. Pure."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from scrm.settings.model import BEIJING

Kind = Literal["as_is", "text", "integer", "number", "yuan", "bool", "time", "unix", "unix_ms", "date"]

MOST_DIGITS = 30
"""Before or after the point: "1e999999999" would be written out, digit by digit."""

_TRUE = frozenset({"true", "1", "y", "yes", "是"})
_FALSE = frozenset({"false", "0", "n", "no", "否"})


class Unreadable(Exception):
    """A value cannot be read as its kind; the text says what it should be, for a person."""


def converted(value: Any, kind: Kind) -> Any:
    """Return a foreign value as a kind of ours. Raises Unreadable."""
    try:
        return _READ[kind](value)
    except (ValueError, TypeError, OverflowError, InvalidOperation, OSError):
        raise Unreadable(_SHOULD_BE[kind]) from None


def _decimal(value: Any) -> Decimal:
    number = Decimal(_plain(value))
    if not number.is_finite() or abs(number.adjusted()) > MOST_DIGITS:
        raise ValueError
    return number


def _number(value: Any) -> int | float:
    number = _decimal(value)
    return int(number) if number == number.to_integral_value() else float(number)


def _fen(value: Any) -> int:
    fen = _decimal(value) * 100
    if fen != fen.to_integral_value():
        raise ValueError
    return int(fen)


def _time(value: Any) -> str:
    at = datetime.fromisoformat(_plain(value))
    return (at if at.tzinfo else at.replace(tzinfo=BEIJING)).isoformat()


def _since_1970(value: Any, divisor: int = 1) -> str:
    return datetime.fromtimestamp(int(_decimal(value) / divisor), UTC).isoformat()


def _plain(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError
    return str(value).strip()


def _bool(value: Any) -> bool:
    said = str(value).strip().lower()
    if said not in _TRUE | _FALSE:
        raise ValueError
    return said in _TRUE


_READ: Mapping[Kind, Callable[[Any], Any]] = {
    "as_is": lambda value: value,
    "text": _plain,
    "integer": lambda value: int(_plain(value)),
    "number": _number,
    "yuan": _fen,
    "bool": _bool,
    "date": lambda value: datetime.fromisoformat(_plain(value)).date().isoformat(),
    "time": _time,
    "unix": _since_1970,
    "unix_ms": lambda value: _since_1970(value, 1000),
}
_SHOULD_BE: Mapping[Kind, str] = {
    "as_is": "",
    "text": "应为文本或数字",
    "integer": "应为整数",
    "number": "应为数字",
    "yuan": "应为以元计的金额，最多两位小数",
    "bool": "应为是或否",
    "date": "应为日期，例如 2026-03-02",
    "time": "应为时间，例如 2026-03-02 10:15:00",
    "unix": "应为以秒计的时间",
    "unix_ms": "应为以毫秒计的时间",
}
