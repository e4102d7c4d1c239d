"""Which leads are a customer's, and which customers a lead's keys name: by hard keys alone (spec 4.3)."""

from collections.abc import Iterable, Iterator

from scrm.customers.dynamodb import Customers
from scrm.customers.model import Customer
from scrm.identities.dynamodb import Identities
from scrm.leads import dynamodb as stored
from scrm.leads.model import HARD_KINDS, Key, Lead

customers = Customers()
identities = Identities()


def keys_of(parts: Iterable[Customer]) -> list[Key]:
    """Return the hard keys of a customer, all parts of whom are given."""
    found: dict[Key, None] = {}
    for part in parts:
        found |= {(kind, value): None for kind, value in part.identities if kind in HARD_KINDS}
        found |= {("external_userid", each): None for each in part.external_userids}
    return list(found)


def parts_of(customer_ids: Iterable[str]) -> list[Customer]:
    """Return everybody who is one of these customers, strongly. 1 RRU each."""
    found = {
        part.customer_id: part for each in customer_ids for part in customers.whole(each, consistent=True)
    }
    return list(found.values())


def customers_of(lead: Lead) -> list[Customer]:
    """Return everybody whom a lead's keys name, or to whom it was converted. 1 RRU a key and a customer."""
    ids = [lead.customer_id] if lead.customer_id else []
    return parts_of(dict.fromkeys([*ids, *_named(lead.keys)]))


def open_leads(keys: Iterable[Key]) -> list[Lead]:
    """Return the open leads that have any of the keys, the first first. 1 RRU a key and a lead."""
    ids = dict.fromkeys(stored.having(keys).values())
    found = [lead for each in ids if (lead := stored.lead(each)) and lead.is_open]
    return sorted(found, key=lambda each: (each.created_at is not None, each.created_at, each.lead_id))


def _named(keys: Iterable[Key]) -> Iterator[str]:
    for kind, value in keys:
        if kind == "external_userid":
            contact = customers.contact(value, consistent=True)
            owner = contact.customer_id if contact else None
        else:
            owner = identities.owner(kind, value, consistent=True)
        if owner:
            yield owner
