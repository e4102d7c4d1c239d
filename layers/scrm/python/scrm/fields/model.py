"""What a custom field is, and which values it takes. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from scrm.http.caller import Role
from scrm.moments import is_kept

FieldType = Literal["text", "number", "bool", "date", "option", "options"]
Group = Literal["identity", "location", "family", "interest", "social", "enterprise_interaction", "other"]

GROUPS: Mapping[str, str] = {
    "identity": "身份属性",
    "location": "位置属性",
    "family": "家庭属性",
    "interest": "兴趣属性",
    "social": "社交属性",
    "enterprise_interaction": "企业互动",
    "other": "其他",
}
"""The groups every corp has; a group of its own is named in plain words."""

MOST_FIELDS = 200
MOST_FILTERABLE = 20
"""Only these are copied onto cards, where every query pays for them."""

MOST_OPTIONS = 100
LONGEST_TEXT = 500
LARGEST_NUMBER = 10**15
HIDDEN = "***"

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class CustomField:
    """One custom field. `options` are the values of an option or options field.

    `roles` may see it, everybody where empty; a `masked` one shows nobody its value but by a reveal.
    `mastered_by_crm`: what the CRM says stands, people here do not change it (spec INT-05). `filterable`:
    conditions may ask for it. `renewal` is the job that lets cards follow the latest change of that.
    """

    key: str
    title: str
    group: str = "other"
    type: FieldType = "text"
    options: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()
    masked: bool = False
    mastered_by_crm: bool = False
    filterable: bool = False
    renewal: str = ""
    version: int = 0
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def group_title(self) -> str:
        """Return what the group is called."""
        return GROUPS.get(self.group, self.group)

    def visible_to(self, role: Role) -> bool:
        """Return whether a role may see it."""
        return not self.roles or role in self.roles

    def askable_by(self, role: Role) -> bool:
        """Return whether a role's conditions may ask for it: an answer tells its value as a page would."""
        return self.filterable and not self.masked and self.visible_to(role)

    def wrong(self, value: Any) -> str:
        """Return what is wrong with a value, for a person; "" when it fits. None (no value) always fits."""
        if value is None:
            return ""
        match self.type:
            case "text":
                good = isinstance(value, str) and len(value) <= LONGEST_TEXT
                return "" if good else f"应为文本，最多 {LONGEST_TEXT} 个字符"
            case "number":
                good = isinstance(value, int | float) and not isinstance(value, bool)
                return "" if good and abs(value) <= LARGEST_NUMBER else "应为数字"
            case "bool":
                return "" if isinstance(value, bool) else "应为 true 或 false"
            case "date":
                return "" if _is_date(value) else "应为日期，例如 2026-03-02"
            case "option":
                return "" if value in self.options else f"应为 {'、'.join(self.options)} 之一"
            case "options":
                good = isinstance(value, list) and all(each in self.options for each in value)
                return "" if good else f"应为列表，可选 {'、'.join(self.options)}"


def _is_date(value: Any) -> bool:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        return False
    try:
        return is_kept(date.fromisoformat(value))
    except ValueError:
        return False


def wrong_values(
    values: Mapping[str, Any], known: Mapping[str, CustomField], *, strict: bool
) -> dict[str, str]:
    """Return what is wrong with each value that does not fit, by key.

    A key without a field is refused when `strict`; else it holds text, a number or true/false.
    """
    found: dict[str, str] = {}
    for key, value in values.items():
        custom = known.get(key)
        if custom is not None:
            message = custom.wrong(value)
        elif strict:
            message = "没有这个字段"
        else:
            message = "" if isinstance(value, str | int | float | None) else "应为文本、数字或 true/false"
        if message:
            found[key] = message
    return found


def normal(value: Any) -> Any:
    """Return a value as it is stored: a list holds each option once."""
    return list(dict.fromkeys(value)) if isinstance(value, list) else value


def mastered(known: Iterable[CustomField]) -> frozenset[str]:
    """Return the keys of the fields the CRM decides."""
    return frozenset(each.key for each in known if each.mastered_by_crm)
