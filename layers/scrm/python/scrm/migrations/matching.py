"""Which phones belong to somebody who is, or was, a friend of a member at WeCom (IDN-20).

Asked whenever a report is read and stored nowhere: whether the list or the friendship comes first, whether
the phone is bound, noted, merged or parted later, the answer is the same.
"""

from collections.abc import Iterable, Mapping

from scrm.customers.dynamodb import Customers
from scrm.customers.model import Customer
from scrm.identities.dynamodb import Identities
from scrm.migrations.noted_dynamodb import noted

customers = Customers()


def migrated(phones: Iterable[str]) -> frozenset[str]:
    """Return those of the phones that are noted on a relation, or bound to a customer who has a contact.

    At most three batch reads for each 100 phones and one for each level of merges: 10,000 phones are some
    300 requests and 15,000 RRU at the most.
    """
    every = list(dict.fromkeys(phones))
    found = noted(every)
    owners = Identities().owners("phone", (each for each in every if each not in found))
    friends = _friends(owners.values())
    return found | {phone for phone, owner in owners.items() if owner in friends}


def _friends(customer_ids: Iterable[str]) -> frozenset[str]:
    """Return which customers have a contact, of their own or of anybody they are one with."""
    asked = frozenset(customer_ids)
    known = customers.several(asked)
    while missing := {each.merged_into for each in known.values() if each.merged_into} - known.keys():
        above = customers.several(missing)
        if not above:
            break
        known |= above
    roots = {each: _root(each, known) for each in asked}
    absorbed = {part for root in roots.values() if root for part in root.absorbed} - known.keys()
    known |= customers.several(absorbed)
    return frozenset(each for each, root in roots.items() if root and _has_contact(root, known))


def _root(customer_id: str, known: Mapping[str, Customer]) -> Customer | None:
    found, met = known.get(customer_id), {customer_id}
    while found and found.merged_into and found.merged_into not in met:
        met.add(found.merged_into)
        found = known.get(found.merged_into) or found
    return found


def _has_contact(root: Customer, known: Mapping[str, Customer]) -> bool:
    parts = (root, *(known[each] for each in root.absorbed if each in known))
    return any(each.external_userids for each in parts)
