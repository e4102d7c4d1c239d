"""Which customer an administrator names: by their own id, or by a contact's."""

from scrm.customers.dynamodb import Customers
from scrm.customers.model import Customer
from scrm.http import problems

customers = Customers()


def parts_of(named: str, *, consistent: bool = True) -> tuple[Customer, ...]:
    """Return the customer named by a customer_id or an external_userid: the root, then all merged into it.

    Raises 404 when there is none.
    """
    parts = customers.whole(named, consistent=consistent)
    if not parts:
        contact = customers.contact(named, consistent=consistent)
        parts = customers.whole(contact.customer_id, consistent=consistent) if contact else ()
    if not parts:
        raise problems.not_found("没有这位客户")
    return parts
