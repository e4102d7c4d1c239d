"""What a request must look like before any business rule: types, presence, lengths (endpoint_table.json)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .errors import Refused

TABLE: dict[str, dict[str, Any]] = {
    row["path"]: row for row in json.loads((Path(__file__).parent / "endpoint_table.json").read_text())
}

_MISSING = {
    "welcome_code": 41049,
    "config_id": 41043,
    "msgid": 41046,
    "moment_id": 41059,
    "userid": 41009,
    "type": 41037,
    "scene": 41038,
}
"""Fields whose absence has a code of its own; every other one is 40058."""

_TOO_MANY = {"attachments": 41064, "user": 41041}

_OF_PRODUCTS = {
    "product_id": 41075,
    "product_sn": 41085,
    "price": 41086,
    "description": 41087,
    "attachments": 41088,
}
"""Fields of products have codes of their own for whatever is wrong with them."""

_UNCAPPED = ("limit", "page_size")
"""Paging sizes above the maximum are read as something smaller, not refused (fact sheet 0.2)."""

Check = Callable[[Any], bool]


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_TYPES: dict[str, Check] = {
    "string": lambda value: isinstance(value, str),
    "int": _is_int,
    "uint32": lambda value: _is_int(value) and 0 <= value < 1 << 32,
    "bool": lambda value: isinstance(value, bool),
    "string[]": lambda value: isinstance(value, list) and all(isinstance(item, str) for item in value),
    "int[]": lambda value: isinstance(value, list) and all(_is_int(item) for item in value),
    "object": lambda value: isinstance(value, dict),
    "object[]": lambda value: isinstance(value, list) and all(isinstance(item, dict) for item in value),
}


def check_request(path: str, query: dict[str, str], body: dict[str, Any]) -> None:
    """Raise Refused when the request breaks the sheet's table; paths outside it pass."""
    row = TABLE.get(path)
    if row is None:
        return
    for name, rule in row["request"].items():
        if "[]" in name or rule.get("in") == "multipart":
            continue
        value = query.get(name) if rule.get("in") == "query" else _walk(body, name)
        try:
            _check_field(name, rule, value)
        except Refused as refused:
            if refused.code == 40058 and path.endswith("_product_album"):
                raise Refused(_OF_PRODUCTS.get(name, 40058)) from None
            raise


def empty_lists(path: str) -> dict[str, Any]:
    """Return the list containers that a refusal of this path still carries."""
    row = TABLE.get(path)
    if row is None:
        return {}
    return {name: [] for name, value in row["empty"].items() if value == []}


def _walk(body: dict[str, Any], name: str) -> Any:
    value: Any = body
    for part in name.split("."):
        if value is None:
            return None
        if not isinstance(value, dict):
            raise Refused(40058)
        value = value.get(part)
    return value


def _check_field(name: str, rule: dict[str, Any], value: Any) -> None:
    if value is None or (rule["required"] and value in ("", [])):
        if rule["required"]:
            raise Refused(_MISSING.get(name, 40058))
        return
    if value == "" and not rule["required"]:
        return
    kind = rule["type"]
    if rule.get("in") == "query":
        if kind == "int" and not str(value).isdigit():
            raise Refused(40058)
    elif kind in _TYPES and not _TYPES[kind](value):
        raise Refused(40058)
    _check_size(name, rule, value)


def _check_size(name: str, rule: dict[str, Any], value: Any) -> None:
    if "items" in rule and len(value) > rule["items"]:
        raise Refused(_TOO_MANY.get(name, 40058))
    if "chars" in rule and len(value) > rule["chars"]:
        raise Refused(40058)
    if "bytes" in rule and len(value.encode()) > rule["bytes"]:
        raise Refused(40058)
    if "value" in rule and name not in _UNCAPPED and _is_int(value) and value > rule["value"]:
        raise Refused(40058)
