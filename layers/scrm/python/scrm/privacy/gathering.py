"""Gathering everything by which a customer is found: their contacts, relations, ids, numbers and names."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from scrm.customers.dynamodb import Customers
from scrm.customers.model import Contact, Customer, Relation
from scrm.moments import rfc3339
from scrm.privacy.person import Person
from scrm.staff.model import key

T = TypeVar("T")

customers = Customers()


def gathered(parts: Sequence[Customer], now: datetime, pseudonym: str = "") -> Person:
    """Return the person that a root and all merged into it are. One query for each contact."""
    external_userids = _once(each for part in parts for each in part.external_userids)
    contacts: list[Contact] = []
    relations: list[Relation] = []
    for each in external_userids:
        contact, known = customers.collection(each, consistent=True)
        contacts += [contact] if contact else []
        relations += known
    unionids = [("unionid", each.unionid) for each in contacts if each.unionid]
    return Person(
        customer_ids=_once(each.customer_id for each in parts),
        external_userids=external_userids,
        identities=_once([*(pair for part in parts for pair in part.identities), *unionids]),
        numbers=_numbers(parts, relations),
        names=_names(parts, contacts, relations),
        members=_once(key(each.userid) for each in relations),
        channels=_once(fact.about for each in relations for fact in each.facts if fact.about),
        states=_once(each.state for each in relations if each.state),
        since=_since(parts, relations),
        at=rfc3339(now.astimezone(UTC)),
        pseudonym=pseudonym,
    )


def _numbers(parts: Sequence[Customer], relations: Sequence[Relation]) -> tuple[str, ...]:
    methods = (method.value for part in parts for method in part.contact_methods)
    return _once([*methods, *(mobile for each in relations for mobile in each.mobiles)])


def _since(parts: Sequence[Customer], relations: Sequence[Relation]) -> str:
    known = [each.created_at for each in parts if each.created_at]
    told = [datetime.fromtimestamp(fact.at, UTC) for each in relations for fact in each.facts]
    return min((rfc3339(each.astimezone(UTC)) for each in (*known, *told)), default="")


def _names(
    parts: Sequence[Customer], contacts: Sequence[Contact], relations: Sequence[Relation]
) -> tuple[str, ...]:
    own = [
        *(each.name for each in parts),
        *(each.name for each in contacts),
        *(each.name for each in relations),
    ]
    given = [text for each in relations for text in (each.remark, each.description)]
    return _once([*own, *given])


def _once(values: Iterable[T]) -> tuple[T, ...]:
    return tuple(value for value in dict.fromkeys(values) if value)
