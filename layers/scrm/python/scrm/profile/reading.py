"""Reading the profile of a customer whom a caller may see."""

from collections.abc import Iterable

from scrm.customers.dynamodb import Customers
from scrm.customers.model import Contact, Customer, Relation
from scrm.profile import dynamodb as stored
from scrm.profile.known import Profile
from scrm.sidebar.access import Seen
from scrm.sidebar.keeping import customer_id_behind

MOST_CONTACTS = 20
"""Of one customer; what a card says of all relations together is made of so many."""

customers = Customers()


def profile_of(seen: Seen) -> Profile:
    """Return the profile of the customer behind a contact that was read.

    One request; for who was merged or has several contacts some more, one for each contact.
    """
    found, facts, state = stored.load(customer_id_behind(seen), (seen.own.userid,) if seen.own else ())
    contact = seen.contact or Contact(seen.external_userid, customer_id_behind(seen))
    customer = found or Customer(contact.customer_id, external_userids=(seen.external_userid,))
    contacts, relations = [contact], list(seen.relations)
    others = (each for each in customer.external_userids if each != seen.external_userid)
    for other, theirs in read_contacts(others):
        contacts += [other] if other else []
        relations += theirs
    return Profile(customer, facts, state, tuple(contacts), tuple(relations), seen.own)


def read_contacts(external_userids: Iterable[str]) -> list[tuple[Contact | None, list[Relation]]]:
    """Return contacts with their relations, at most MOST_CONTACTS of them: one query each."""
    return [customers.collection(each) for each in list(external_userids)[:MOST_CONTACTS]]
