"""A demand of a customer and the schema of its kind (CUS-17). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from scrm.fields.model import CustomField, FieldType, normal

DemandStatus = Literal["open", "met", "dropped"]

MOST_KINDS = 50
MOST_DEMANDS = 200
"""Of one customer."""


@dataclass(frozen=True)
class DemandField:
    """One field of a kind of demand; `options` are the values of an option or options field."""

    key: str
    title: str
    type: FieldType = "text"
    options: tuple[str, ...] = ()
    required: bool = False

    def wrong(self, value: Any) -> str:
        """Return what is wrong with a value, for a person; "" when it fits."""
        if value is None:
            return "必填" if self.required else ""
        return CustomField(self.key, self.title, type=self.type, options=self.options).wrong(value)


@dataclass(frozen=True)
class DemandKind:
    """One kind of demand, e.g. a hiring need with headcount, title, salary and place."""

    key: str
    name: str
    fields: tuple[DemandField, ...]
    active: bool = True
    version: int = 0
    updated_at: datetime | None = None

    def wrong(self, values: Mapping[str, Any]) -> dict[str, str]:
        """Return what is wrong with each value that does not fit, by key."""
        known = {each.key: each for each in self.fields}
        found = {key: "没有这个字段" for key in values if key not in known}
        found |= {key: wrong for key, each in known.items() if (wrong := each.wrong(values.get(key)))}
        return found


@dataclass(frozen=True)
class Demand:
    """One demand: open until it is met or dropped. `by` recorded it."""

    demand_id: str
    kind: str
    values: Mapping[str, Any]
    status: DemandStatus
    by: str
    created_at: datetime
    updated_at: datetime
    version: int = 0


def kept(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as they are stored: without those that are null."""
    return {key: normal(value) for key, value in values.items() if value is not None}
