"""Cursors: opaque to callers, bound to one list, and stable when rows are inserted."""

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from typing import Any

from scrm.http import problems
from scrm.http.problems import Problem

LONGEST = 2000
LONGEST_VALUE_BYTES = 900  # a sort key holds 1024


def encode(list_name: str, last_key: dict[str, Any] | None) -> str | None:
    """Return a cursor for the page after `last_key` (plain text and number values), or None at the end.

    `list_name` says which list it belongs to, e.g. the item collection's key.
    """
    if last_key is None:
        return None
    text = json.dumps([list_name, last_key], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(
    list_name: str,
    cursor: str | None,
    fixed: Mapping[str, str | int] | None = None,
    free: Iterable[str] | None = None,
) -> dict[str, Any] | None:
    """Return the key to start after; raises a 422 problem for a cursor that is not of this list.

    A cursor is the caller's word: `fixed` are the parts of the key that the list itself determines, such
    as its partition, `free` the names of the others; a cursor that says otherwise is refused.
    """
    if cursor is None:
        return None
    name, key = _content(cursor)
    if name != list_name or not _is_key(key):
        raise foreign()
    known = fixed or {}
    fits = all(key.get(part) == value for part, value in known.items())
    if not fits or (free is not None and key.keys() != known.keys() | set(free)):
        raise foreign()
    found: dict[str, Any] = key
    return found


def foreign() -> Problem:
    """Return the refusal (422) of a cursor that belongs to another list."""
    return problems.invalid_field("cursor", "游标不属于这个列表")


def _content(cursor: str) -> tuple[Any, Any]:
    try:
        if len(cursor) > LONGEST:
            raise _unreadable()
        padded = cursor + "=" * (-len(cursor) % 4)
        name, key = json.loads(base64.b64decode(padded.encode(), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, TypeError, RecursionError):
        raise _unreadable() from None
    return name, key


def _is_key(key: Any) -> bool:
    """Whether every value is text that can be stored, or a whole number."""
    if not isinstance(key, dict) or not key:
        return False
    return all(type(value) is int or (isinstance(value, str) and _is_text(value)) for value in key.values())


def _is_text(value: str) -> bool:
    return value.isprintable() and 0 < len(value.encode()) <= LONGEST_VALUE_BYTES


def _unreadable() -> Problem:
    return problems.invalid_field("cursor", "无效的游标")
