"""Reading the profile of a customer whom a caller may see."""

from collections.abc import Iterable

from scrm.customers.dynamodb import Customers
from scrm.customers.model import Contact, Customer, Relation
from scrm.facts import dynamodb as facts
from scrm.facts.model import combined
from scrm.profile import dynamodb as stored
from scrm.profile.known import Profile
from scrm.segments.members_dynamodb import state
from scrm.sidebar.access import Seen
from scrm.sidebar.keeping import customer_id_behind

MOST_CONTACTS = 20
"""Of one customer; what a card says of all relations together is made of so many."""

customers = Customers()


def profile_of(seen: Seen) -> Profile:
    """Return the profile of the customer behind a contact that was read.

    One request; for who was merged or has several contacts some more, one for each contact.
    """
    found, counted, memberships = stored.load(
        customer_id_behind(seen), (seen.own.userid,) if seen.own else ()
    )
    contact = seen.contact or Contact(seen.external_userid, customer_id_behind(seen))
    customer = found or Customer(contact.customer_id, external_userids=(seen.external_userid,))
    contacts, relations = [contact], list(seen.relations)
    others = (each for each in customer.external_userids if each != seen.external_userid)
    for other, theirs in read_contacts(others):
        contacts += [other] if other else []
        relations += theirs
    return Profile(customer, counted, memberships, tuple(contacts), tuple(relations), seen.own)


def whole_profile(customer: Customer, *, consistent: bool = False) -> Profile:
    """Return the profile of a customer who was read, whoever asks: their contacts, facts and segments.

    A query for each contact and each customer who is a part, and one read.
    """
    ids = [each.customer_id for each in customer.parts] or [customer.customer_id]
    known = read_contacts(customer.external_userids, consistent=consistent)
    return Profile(
        customer,
        combined(facts.load(each, consistent=consistent) for each in ids),
        state(customer.customer_id),
        tuple(contact for contact, _ in known if contact),
        tuple(relation for _, theirs in known for relation in theirs),
    )


def read_contacts(
    external_userids: Iterable[str], *, consistent: bool = False
) -> list[tuple[Contact | None, list[Relation]]]:
    """Return contacts with their relations, at most MOST_CONTACTS of them: one query each."""
    wanted = list(external_userids)[:MOST_CONTACTS]
    return [customers.collection(each, consistent=consistent) for each in wanted]
