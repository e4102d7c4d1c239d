"""A customer who was several: what the one who stays and those who went are together. Pure.

Merging is a link (docs/decisions/0011): every row stays where it was, so that the whole is put together
whenever it is read, and a change of the whole is divided among its parts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from scrm.customers.model import Customer
from scrm.moments import moment_of

T = TypeVar("T")


def united(parts: Sequence[Customer]) -> Customer:
    """Return one customer made of `parts`, the root first, as `Customers.whole` returns them.

    Lists are united in order, of single values the root's goes first, then the earlier merged one's. The
    version is the sum of theirs, so that a change of any is seen. Raises IndexError without any part.
    """
    root = parts[0]
    if len(parts) == 1:
        return root
    backwards, consents = parts[::-1], _consents(parts)
    return replace(
        root,
        kind="existing" if any(each.kind == "existing" for each in parts) else root.kind,
        external_userids=_once(value for each in parts for value in each.external_userids),
        identities=_once(value for each in parts for value in each.identities),
        contact_methods=_once(value for each in parts for value in each.contact_methods),
        custom_fields={name: value for each in backwards for name, value in each.custom_fields.items()},
        name=next((each.name for each in parts if each.name), ""),
        interests=_once(value for each in parts for value in each.interests),
        **_stage(parts),
        mastered=_once(value for each in parts for value in each.mastered),
        crm={name: value for each in backwards for name, value in each.crm.items()},
        consents=consents,
        opted_out_at=_opted_out_at(parts, consents),
        erased_at=root.erased_at,
        version=sum(each.version for each in parts),
        created_at=_earliest(each.created_at for each in parts),
        updated_at=max((each.updated_at for each in parts if each.updated_at), default=None),
        parts=tuple(parts),
    )


def divided(customer: Customer) -> tuple[Customer, ...]:
    """Return the parts of a united customer as a change of the whole leaves them, the root first.

    What is new goes to the root, what is gone goes from every part that had it; so a reversal gives each
    part back what was theirs and is left. The customer alone when they were never several.
    """
    if not customer.parts:
        return (customer,)
    before = united(customer.parts)
    return tuple(_part(each, customer, before, is_root=place == 0) for place, each in enumerate(before.parts))


def _part(part: Customer, after: Customer, before: Customer, *, is_root: bool) -> Customer:
    changes: dict[str, Any] = {}
    for name in _LISTS:
        wanted, known = getattr(after, name), getattr(before, name)
        if wanted != known:
            new = [each for each in wanted if each not in known] if is_root else []
            changes[name] = tuple(each for each in (*getattr(part, name), *new) if each in wanted)
    for name in _MAPS:
        wanted, known = getattr(after, name), getattr(before, name)
        if wanted != known:
            kept = {key: value for key, value in getattr(part, name).items() if key in wanted}
            new_values = {key: value for key, value in wanted.items() if known.get(key) != value}
            changes[name] = kept | new_values if is_root else kept
    for name in _SINGLE:
        wanted = getattr(after, name)
        # The root's word goes before the others'; only where nothing is to be left does none keep its own.
        if wanted != getattr(before, name) and (is_root or wanted == _NOTHING.get(name, ...)):
            changes[name] = wanted
    return replace(part, **changes)


_LISTS = ("external_userids", "identities", "contact_methods", "interests", "mastered")
_MAPS = ("custom_fields", "crm", "consents")
_SINGLE = ("kind", "name", "stage", "stage_at", "opted_out_at", "erased_at")
_NOTHING: dict[str, Any] = {"kind": "prospect", "name": "", "stage": "", "opted_out_at": None}


def _stage(parts: Sequence[Customer]) -> dict[str, Any]:
    """Return the stage of the first part that has one, and since when."""
    found = next((each for each in parts if each.stage), parts[0])
    return {"stage": found.stage, "stage_at": found.stage_at}


def _consents(parts: Sequence[Customer]) -> dict[str, Any]:
    """Return the latest word on each purpose, whichever part gave it; of one second, the withdrawal."""
    said: dict[str, Any] = {}
    at: dict[str, tuple[str, bool]] = {}
    for each in parts:
        for purpose, consent in each.consents.items():
            known = consent if isinstance(consent, dict) else {}
            when = str(known.get("at", "")), not known.get("given", True)
            if purpose not in said or when > at[purpose]:
                said[purpose], at[purpose] = consent, when
    return said


def _opted_out_at(parts: Sequence[Customer], consents: Mapping[str, Any]) -> datetime | None:
    """Return since when nothing is marketed: by the latest word on marketing, else by the first part's."""
    word = consents.get("marketing")
    if not isinstance(word, dict) or "given" not in word:
        return _earliest(each.opted_out_at for each in parts)
    return None if word["given"] else moment_of(str(word["at"]))


def _once(values: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(values))


def _earliest(moments: Iterable[datetime | None]) -> datetime | None:
    return min((each for each in moments if each), default=None)
