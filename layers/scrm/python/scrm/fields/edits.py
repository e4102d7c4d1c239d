"""What a person may write into custom fields; what does not fit is named (spec CUS-13, INT-05)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from scrm.customers.model import Customer
from scrm.fields.dynamodb import known as known_fields
from scrm.fields.model import HIDDEN, CustomField, normal, wrong_values
from scrm.http.caller import Role
from scrm.http.problems import FieldError, Problem, invalid
from scrm.settings import dynamodb as settings


def checked(customer: Customer, changes: Mapping[str, Any], role: Role, now: datetime) -> dict[str, Any]:
    """Return the changes as they are to be stored; a hidden value that was sent back changes nothing.

    Raises 422 naming each value that does not fit and each field the role may not see, and 409
    mastered_by_crm naming those the CRM decides.
    """
    known = known_fields(now)
    wanted = {key: normal(value) for key, value in changes.items() if not _sent_back(known.get(key), value)}
    wrong = wrong_values(wanted, known, strict=_strict(wanted, known))
    hidden = {key for key in wanted if (custom := known.get(key)) and not custom.visible_to(role)}
    wrong |= dict.fromkeys(hidden, "没有修改这个字段的权限")
    if wrong:
        raise invalid(*(FieldError(f"custom_fields.{key}", message) for key, message in wrong.items()))
    changed = [key for key, value in wanted.items() if customer.custom_fields.get(key) != value]
    if theirs := [key for key in changed if _mastered(customer, key, known.get(key))]:
        raise Problem(
            409,
            "mastered_by_crm",
            f"由 CRM 维护的字段不能在这里修改：{'、'.join(theirs)}",
            errors=[FieldError(f"custom_fields.{key}", "由 CRM 维护") for key in theirs],
        )
    return wanted


def _sent_back(custom: CustomField | None, value: Any) -> bool:
    return custom is not None and custom.masked and value == HIDDEN


def _strict(wanted: Mapping[str, Any], known: Mapping[str, CustomField]) -> bool:
    """Return whether a key needs a field; the settings are read only when one has none."""
    return not wanted.keys() <= known.keys() and settings.load().strict_fields


def _mastered(customer: Customer, key: str, custom: CustomField | None) -> bool:
    if key in customer.mastered:
        return True
    return custom is not None and custom.mastered_by_crm and customer.crmid is not None
