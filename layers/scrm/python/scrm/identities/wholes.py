"""A customer with everything that is theirs, as an administrator weighs it before a merge."""

from collections.abc import Sequence

from scrm.customers.dynamodb import Customers
from scrm.customers.model import Customer
from scrm.customers.whole import united
from scrm.facts import dynamodb as facts
from scrm.facts.model import combined
from scrm.http.request import Request
from scrm.identities.models import ContactOut, OrdersOut, RelationOut, WholeOut
from scrm.sidebar import masking, views

MOST_CONTACTS = 50
"""Of whom relations are shown; nobody has as many."""

customers = Customers()


def whole_out(parts: Sequence[Customer], request: Request) -> WholeOut:
    """Return what `parts`, the root first, are together, as the caller may see it.

    A query for each contact and for each part.
    """
    whole = united(parts)
    contacts: list[ContactOut] = []
    relations: list[RelationOut] = []
    for external_userid in whole.external_userids[:MOST_CONTACTS]:
        contact, theirs = customers.collection(external_userid)
        if contact:
            contacts.append(ContactOut.model_validate(contact))
        relations += [RelationOut.model_validate(each) for each in theirs]
    bought = combined(facts.load(each.customer_id) for each in parts).orders
    return WholeOut(
        customer=views.block(whole, request.staff.role, request.now),
        name=masking.text(whole.name),
        parts=[each.customer_id for each in parts],
        contacts=contacts,
        relations=relations,
        orders=OrdersOut.model_validate(bought),
    )
