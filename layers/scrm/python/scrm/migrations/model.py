"""A migration: a list of phones, and how many of their owners have come over (IDN-20). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from scrm.identities.normalise import InvalidIdentity, normalised

KEPT = timedelta(days=365)
"""A list is personal data of people who are no customers yet: it goes by itself."""

Fault = Literal["invalid", "duplicate"]


@dataclass(frozen=True)
class Migration:
    """A list as it was imported: `imported` phones were taken, the other rows were not."""

    migration_id: str
    name: str
    imported: int
    invalid: int
    duplicate: int
    created_by: str
    created_at: str
    expires_at: int


@dataclass(frozen=True)
class Listed:
    """One phone of a list, normalised, and its place in the request, from 0."""

    phone: str
    row: int


def judged(rows: Sequence[Any]) -> tuple[list[Listed], list[tuple[int, Fault]]]:
    """Return the phones of a list, each once where it first stands, and what is wrong with the other rows."""
    found: dict[str, int] = {}
    faults: list[tuple[int, Fault]] = []
    for place, given in enumerate(rows):
        try:
            phone = normalised("phone", given if isinstance(given, str) else "")
        except InvalidIdentity:
            faults.append((place, "invalid"))
            continue
        if phone in found:
            faults.append((place, "duplicate"))
        else:
            found[phone] = place
    return [Listed(phone, place) for phone, place in found.items()], faults


def percent(migrated: int, total: int) -> float | None:
    """Return migrated ÷ total in percent, to two decimals; None of nothing."""
    return round(100 * migrated / total, 2) if total else None
