"""Whose names are shown with the items of a plan."""

from collections.abc import Iterable

from scrm.customers.dynamodb import Customers
from scrm.customers.model import Contact
from scrm.inheritance.model import Item

customers = Customers()


def contacts_of(items: Iterable[Item]) -> dict[str, Contact]:
    """Return the contacts of items by external_userid, without those who never were the handover's customers.

    A plan may name anybody: whoever drafts it is not to learn from it who that is. Batch reads: 0.5 RRU each.
    """
    found = list(items)
    hidden: set[str] = set()
    for handover in {each.handover for each in found}:
        there = [each.external_userid for each in found if _may_be_strange(each, handover)]
        known = customers.relations(handover, there) if there else {}
        hidden |= {each for each in there if each not in known or known[each].status == "none"}
    return customers.contacts(each.external_userid for each in found if each.external_userid not in hidden)


def _may_be_strange(item: Item, handover: str) -> bool:
    return item.handover == handover and item.code == "not_friend"
