"""What a CRM's word changes of a customer: it decides what it masters, fills in the rest. Pure (INT-05)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from scrm.customers.model import ContactMethod, Customer, CustomerKind

VERSIONS = "versions"
TOLD = "told"
"""Names under `Customer.crm` for the newest version of each record, and for what the CRM said of the fields
that it does not master; everything else there are facts of the CRM by name."""


@dataclass(frozen=True)
class Word:
    """What the CRM says of one record. None is "does not say"."""

    crmid: str
    version: int
    identities: tuple[tuple[str, str], ...]
    kind: CustomerKind | None = None
    name: str | None = None
    contact_methods: tuple[ContactMethod, ...] = ()
    fields: Mapping[str, Any] | None = None
    mastered: tuple[str, ...] | None = None
    interests: tuple[str, ...] | None = None
    facts: Mapping[str, Any] | None = None


def is_news(customer: Customer, word: Word) -> bool:
    """Return whether nothing as new is known of the record."""
    return int(customer.crm.get(VERSIONS, {}).get(word.crmid, 0)) < word.version


def with_word(customer: Customer, word: Word, by_definition: Iterable[str]) -> Customer:
    """Return the customer as the CRM's word leaves them. `by_definition` are fields it masters of everybody.

    A prospect becomes existing by it and never the other way round: what was bought was bought.
    """
    mastered = customer.mastered if word.mastered is None else word.mastered
    decided = {*mastered, *by_definition}
    fields, told = dict(customer.custom_fields), dict(customer.crm.get(TOLD, {}))
    for key, value in (word.fields or {}).items():
        if key in decided or fields.get(key) == told.get(key):
            fields[key] = value
        if key in decided:
            told.pop(key, None)
        else:
            told[key] = value
    versions = {**customer.crm.get(VERSIONS, {}), word.crmid: word.version}
    return replace(
        customer,
        kind="existing" if word.kind == "existing" else customer.kind,
        identities=tuple(dict.fromkeys((*customer.identities, *word.identities))),
        contact_methods=tuple(dict.fromkeys((*customer.contact_methods, *word.contact_methods))),
        custom_fields=_given(fields),
        name=customer.name if word.name is None else word.name,
        interests=customer.interests if word.interests is None else word.interests,
        mastered=mastered,
        crm={**customer.crm, **(word.facts or {}), VERSIONS: versions, **_named(TOLD, _given(told))},
    )


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _named(name: str, values: dict[str, Any]) -> dict[str, Any]:
    return {name: values} if values else {}
