"""Saved queries 快捷查询, and those everybody has from the start (spec SEG-07, SEG-08). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, get_args

from scrm.conditions.plan import Sort

SortName = Literal["-added_at", "added_at", "-last_contact_at", "last_contact_at"]
SORTS: Mapping[str, Sort] = {
    name: Sort("added" if name.endswith("added_at") else "contact", name.startswith("-"))
    for name in get_args(SortName)
}
MOST_QUERIES = 100
"""A member's own, and again all shared ones."""


@dataclass(frozen=True)
class Query:
    """A saved query. A shared one is everybody's to use; whose cards it lists is up to whoever uses it.

    A built-in one has no owner and version 0.
    """

    query_id: str
    name: str
    condition: Mapping[str, Any] = field(default_factory=dict)
    sort: SortName = "-added_at"
    owner: str = ""
    shared: bool = False
    version: int = 0
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def builtin(self) -> bool:
        """Return whether everybody has it from the start."""
        return not self.owner


def _asks(name: str, op: str, value: Any) -> dict[str, Any]:
    return {"field": name, "op": op, "value": value}


_ACTIVE = _asks("relation_state", "in", ["active"])

BUILT_IN: Mapping[str, Query] = {
    each.query_id: each
    for each in (
        Query(
            "added-today-not-followed",
            "今日添加未跟进",
            {
                "all": [
                    _asks("added_at", "since_midnight", 0),
                    _asks("followed_since_add", "is", False),
                    _ACTIVE,
                ]
            },
        ),
        Query("unreplied", "未回复", {"all": [_asks("unreplied", "is", True), _ACTIVE]}, "last_contact_at"),
        Query("silent", "沉默客户", {"all": [_asks("lifecycle", "in", ["silent"]), _ACTIVE]}),
        Query(
            "deleted-us",
            "删除了我们的客户",
            _asks("relation_state", "in", ["deleted_by_customer", "both_deleted"]),
        ),
    )
}


def fields_of(condition: Mapping[str, Any]) -> set[str]:
    """Return the names of the fields that a stored condition asks about."""
    if "not" in condition:
        return fields_of(condition["not"])
    parts = condition.get("all", condition.get("any"))
    if parts is None:
        return {str(condition["field"])}
    return {name for part in parts for name in fields_of(part)}
