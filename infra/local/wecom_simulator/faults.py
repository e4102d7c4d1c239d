"""Misbehaviour on demand: which call of which endpoint goes wrong, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .ids import Ids

KINDS = ("errcode", "timeout", "reset", "http500", "html", "unknown_outcome")


@dataclass
class Fault:
    """From the `nth` matching call on, `count` calls go wrong; `rate` below 1 picks among them."""

    number: int
    endpoint: str
    what: str
    nth: int = 1
    count: int = 1
    rate: float = 1.0
    errcode: int = -1
    errmsg: str = ""
    seconds: float = 0.0
    body: dict[str, Any] | None = None
    seen: int = 0
    hits: int = 0


def matches_path(wanted: str, path: str) -> bool:
    """Return whether `path` is the endpoint; /cgi-bin/ may be left out, `*` at the end is a wildcard."""
    if wanted.endswith("*"):
        stem = wanted[:-1].removeprefix("/cgi-bin/").lstrip("/")
        return path.removeprefix("/cgi-bin/").startswith(stem)
    return path.removeprefix("/cgi-bin/") == wanted.removeprefix("/cgi-bin/").lstrip("/")


class Faults:
    """The script. Each fault counts the calls it matches from the moment it is set."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._faults: list[Fault] = []
        self._number = 0

    def add(self, wish: Mapping[str, Any]) -> Fault:
        """Add a fault; raises ValueError for an unknown kind or field. `count` 0 or null means for ever."""
        values = dict(wish)
        if values.get("what") not in KINDS:
            raise ValueError(f"what must be one of {', '.join(KINDS)}")
        if "count" in values and not values["count"]:
            values["count"] = 0
        unknown = set(values) - set(Fault.__dataclass_fields__) | ({"number", "seen", "hits"} & set(values))
        if unknown or "endpoint" not in values:
            raise ValueError(f"endpoint is required, unknown: {', '.join(sorted(unknown)) or 'none'}")
        self._number += 1
        fault = Fault(number=self._number, **values)
        self._faults.append(fault)
        return fault

    def match(self, path: str, fields: Mapping[str, Any]) -> Fault | None:
        """Return the fault that this call meets, counting it."""
        for fault in self._faults:
            if not matches_path(fault.endpoint, path):
                continue
            if fault.body and any(fields.get(name) != value for name, value in fault.body.items()):
                continue
            fault.seen += 1
            if fault.seen < fault.nth or (fault.count and fault.hits >= fault.count):
                continue
            if fault.rate < 1 and self._ids.fraction("fault") >= fault.rate:
                continue
            fault.hits += 1
            return fault
        return None

    def clear(self) -> None:
        """Forget the script."""
        self._faults.clear()

    def listed(self) -> list[dict[str, Any]]:
        """Return the script with its counters."""
        return [asdict(fault) for fault in self._faults]
