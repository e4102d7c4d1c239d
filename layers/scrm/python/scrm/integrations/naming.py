"""Whom the rows of a feed speak of: each person is looked up once for a batch (spec INT-01, INT-02)."""

from datetime import datetime
from typing import get_args

from pynamodb.exceptions import TransactWriteError

from scrm import telemetry
from scrm.customers.dynamodb import Customers
from scrm.customers.model import Customer
from scrm.identities.dynamodb import Identities
from scrm.identities.normalise import IdentityKind, InvalidIdentity, normalised
from scrm.identities.scheme import in_scheme
from scrm.integrations.models import AboutIn
from scrm.integrations.strangers import id_of
from scrm.privacy.receipts_dynamodb import erased_at
from scrm.sidebar.dynamodb import customer_step
from scrm.table import in_transaction

KINDS: frozenset[str] = frozenset(get_args(IdentityKind))

customers = Customers()
identities = Identities()


class Named:
    """The customers a batch names. `created` are those nobody knew before."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._known: dict[tuple[str, str], str | None] = {}
        self.created: set[str] = set()

    def customer(self, row: AboutIn, *, create: bool = False) -> str | None:
        """Return the id of the customer a row names, or None.

        With `create`, an identity of the corp's scheme that belongs to nobody makes a customer, the same
        however often it is told; a contact or customer_id that is not there never does, nor somebody who
        was erased. Raises InvalidIdentity.
        """
        by, value = row.about()
        if by in KINDS:
            value = normalised(by, value)  # type: ignore[arg-type]  # as was just asked
        if self._known.get((by, value)) is None:
            found = self._found(by, value, create=create)
            self._known[by, value] = found if found and not _is_erased(found) else None
        return self._known[by, value]

    def _found(self, by: str, value: str, *, create: bool) -> str | None:
        if by == "external_userid":
            contact = customers.contact(value)
            return contact.customer_id if contact else None
        if by == "customer_id":
            known = customers.customer(value)
            return known.customer_id if known else None
        kind: IdentityKind = by  # type: ignore[assignment]  # the remaining names are kinds of identity
        owner = identities.owner(kind, value)
        if owner or not create or not in_scheme(kind):
            return owner
        if erased_at(kind, value):
            telemetry.count("identity_of_erased")
            return None
        return self._create(kind, value)

    def _create(self, kind: IdentityKind, value: str) -> str | None:
        customer_id = id_of([(kind, value)])
        created = create_customer(Customer(customer_id, identities=((kind, value),)), self._now)
        if created:
            self.created.add(customer_id)
            return customer_id
        return identities.owner(kind, value, consistent=True)


def _is_erased(customer_id: str) -> bool:
    """Return whether the customer's data is being erased: nothing new is to be kept of them."""
    known = customers.customer(customer_id, consistent=True)
    return known is not None and known.erased_at is not None


def create_customer(customer: Customer, now: datetime) -> bool:
    """Store a new customer and bind their identities, all at once; return whether that was possible.

    False when the customer is there or an identity is somebody else's: nothing is written then.
    """
    _, step = customer_step(customer, now)
    try:
        with in_transaction() as transaction:
            step(transaction)
            for kind, value in customer.identities:
                identities.bind_step(kind, value, customer.customer_id, now)(transaction)  # type: ignore[arg-type]
    except TransactWriteError as error:
        reasons = {reason.code for reason in error.cancellation_reasons if reason}
        if reasons and reasons <= {"ConditionalCheckFailed", "TransactionConflict"}:
            return False
        raise
    return True


__all__ = ["InvalidIdentity", "Named", "create_customer"]
