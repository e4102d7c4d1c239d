"""What a role is shown of a customer's custom fields. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scrm.fields.model import HIDDEN, CustomField
from scrm.http.caller import Role


@dataclass(frozen=True)
class ShownField:
    """A field with a customer's value, None where there is none."""

    key: str
    title: str
    group: str
    group_title: str
    type: str
    value: Any
    mastered_by_crm: bool


def visible(values: Mapping[str, Any], known: Mapping[str, CustomField], role: Role) -> dict[str, Any]:
    """Return the values a role may see; those of masked fields are hidden."""
    shown: dict[str, Any] = {}
    for key, value in values.items():
        custom = known.get(key)
        if custom is None:
            shown[key] = value
        elif custom.visible_to(role):
            shown[key] = HIDDEN if custom.masked else value
    return shown


def revealed(values: Mapping[str, Any], known: Mapping[str, CustomField], role: Role) -> dict[str, Any]:
    """Return the values a role may see, those of masked fields in full: for an audited reveal alone."""
    return {
        key: value
        for key, value in values.items()
        if (custom := known.get(key)) is None or custom.visible_to(role)
    }


def grouped(
    values: Mapping[str, Any], known: Mapping[str, CustomField], role: Role
) -> tuple[ShownField, ...]:
    """Return every field a role may see with the customer's value, by group and title."""
    shown = visible(values, known, role)
    fields = sorted(known.values(), key=lambda each: (each.group, each.title, each.key))
    return tuple(
        ShownField(
            each.key,
            each.title,
            each.group,
            each.group_title,
            each.type,
            shown.get(each.key),
            each.mastered_by_crm,
        )
        for each in fields
        if each.visible_to(role)
    )
