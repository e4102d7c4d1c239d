"""The facts of a customer follow from their orders, whenever one of them changes (docs/decisions/0013)."""

from dataclasses import replace
from datetime import datetime

from scrm.customers.dynamodb import Customers
from scrm.customers.model import VersionConflict
from scrm.facts import dynamodb as facts
from scrm.orders import dynamodb as stored
from scrm.orders.counting import counted

ATTEMPTS = 10

customers = Customers()


def recount(customer_id: str, now: datetime) -> None:
    """Make a customer's facts what their orders say, and whoever ever paid an existing customer (IDN-09).

    Safe to repeat, in any order: everything is counted anew from what is stored now, and nothing is written
    where nothing differs. Raises VersionConflict when others kept changing the facts; trying again helps.
    """
    if _counted(customer_id, now):
        _become_existing(customer_id, now)


def _counted(customer_id: str, now: datetime) -> bool:
    """Store the facts; return whether any order was ever paid."""
    for _ in range(ATTEMPTS):
        # The facts are read before the orders: whoever counts later orders meanwhile moves their version.
        tally = facts.tally_of(customer_id)
        orders, purchases = counted(stored.sales(customer_id), now)
        after = replace(tally, orders=orders, purchases=purchases)
        if after == tally:
            return orders.paid
        try:
            facts.save(customer_id, after, now)
        except VersionConflict:
            continue
        return orders.paid
    raise VersionConflict


def _become_existing(customer_id: str, now: datetime) -> None:
    for _ in range(ATTEMPTS):
        customer = customers.customer(customer_id, consistent=True)
        if customer is None or customer.kind == "existing":
            return
        try:
            customers.save_customer(replace(customer, kind="existing"), now)
        except VersionConflict:
            continue
        return
    raise VersionConflict
