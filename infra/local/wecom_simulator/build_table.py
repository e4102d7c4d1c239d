"""Make endpoint_table.json from the project's sheet of WeCom's customer-contact endpoints.

    python build_table.py path/to/endpoints.json > endpoint_table.json

The table keeps what a request is checked against and what an empty answer looks like.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

_MANY = re.compile(r"\[\]$")


def _limit(kind: str, maximum: Any) -> dict[str, int]:
    """Read `30 chars`, `4000 bytes`, `100`, `14 days` into a checked limit."""
    if maximum is None:
        return {}
    text = str(maximum).replace(",", "")
    number = re.match(r"\d+", text)
    if not number:
        return {}
    value = int(number.group())
    if "[]" in kind:
        return {"items": value}
    if "byte" in text.split("(")[0]:
        return {"bytes": value}
    if "char" in text:
        return {} if "cut" in text else {"chars": value}
    return {"value": value * 86_400 if "day" in text else value} if kind in ("int", "uint32") else {}


def _field(rule: dict[str, Any]) -> dict[str, Any]:
    kind = str(rule["type"])
    kept: dict[str, Any] = {"type": kind, "required": rule["required"]}
    if rule.get("in"):
        kept["in"] = rule["in"]
    return kept | _limit(kind, rule.get("max"))


def _empty(fields: dict[str, str]) -> dict[str, Any]:
    """Return the answer's top-level containers, empty, and its scalars as zero or empty text."""
    answer: dict[str, Any] = {}
    for name, kind in fields.items():
        head = name.split(".")[0]
        if head in ("errcode", "errmsg") or "/" in name:
            continue
        top = _MANY.sub("", head)
        if top == head and ("." in name or kind.startswith(("{", "object"))):
            answer.setdefault(top, {})
        elif top != head or kind.startswith("string[]"):
            answer[top] = []
        elif top not in answer:
            answer[top] = 0 if kind.startswith("int") else ""
    return answer


def build(sheet: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the table's rows in the sheet's order."""
    return [
        {
            "method": row["method"],
            "path": row["path"],
            "request": {
                name: _field(rule) for name, rule in row["request_fields"].items() if name != "access_token"
            },
            "empty": _empty(row["response_fields"]),
            "errcodes": [error["code"] for error in row["errcodes"]],
            "source": row["official_doc"],
        }
        for row in sheet
    ]


if __name__ == "__main__":
    rows = build(json.loads(Path(sys.argv[1]).read_text()))
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    sys.stdout.write(f"[\n{lines}\n]\n")
