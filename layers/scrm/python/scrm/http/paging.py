"""Cursors: opaque to callers, bound to one list, and stable when rows are inserted."""

import base64
import binascii
import json
from typing import Any

from scrm.http import problems


def encode(list_name: str, last_key: dict[str, Any] | None) -> str | None:
    """Return a cursor for the page after `last_key` (plain text and number values), or None at the end.

    `list_name` says which list it belongs to, e.g. the item collection's key.
    """
    if last_key is None:
        return None
    text = json.dumps([list_name, last_key], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(list_name: str, cursor: str | None) -> dict[str, Any] | None:
    """Return the key to start after; raises a 422 problem for a cursor that is not of this list."""
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        name, key = json.loads(base64.urlsafe_b64decode(padded.encode()))
    except (binascii.Error, ValueError, TypeError):
        raise problems.invalid_field("cursor", "无效的游标") from None
    if name != list_name or not isinstance(key, dict):
        raise problems.invalid_field("cursor", "游标不属于这个列表")
    return key
