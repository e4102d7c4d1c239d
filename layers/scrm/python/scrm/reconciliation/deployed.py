"""The reconciler of this deployment."""

from functools import cache

from scrm.config import corp
from scrm.customers.dynamodb import Customers
from scrm.customers.person import People
from scrm.identities.dynamodb import Identities
from scrm.reconciliation.pages import Reconciler
from scrm.reconciliation.running import enqueue, runs
from scrm.wecom.deployed import wecom


@cache
def _ours() -> tuple[Customers, People]:
    customers = Customers()
    return customers, People(corp().corp_id, customers, Identities())


def reconciler() -> Reconciler:
    """Return the reconciler over this deployment's rows, queue and WeCom."""
    customers, people = _ours()
    return Reconciler(wecom(), customers, people, runs, enqueue)
