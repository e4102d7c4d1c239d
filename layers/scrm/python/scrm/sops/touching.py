"""Counting marketing that was done outside of SOPs against the same cap of the customer (INT-06)."""

from datetime import datetime

from scrm.customers.dynamodb import Customers
from scrm.sops.caps import KEPT
from scrm.sops.storing import ATTEMPTS, Contended
from scrm.sops.touches_dynamodb import TouchesChanged, count_touch, touches_of

customers = Customers()


def note_touch(customer_id: str, touch_id: str, at: datetime, now: datetime) -> None:
    """Count a touch by its id, once, under whoever the customer is; an old one no longer counts.

    Safe to repeat, in any order. 2 RRU, 1 WRU. Raises Contended where others kept counting.
    """
    if at <= now - KEPT:
        return
    parts = customers.whole(customer_id, consistent=True)
    root = parts[0].customer_id if parts else customer_id
    for _ in range(ATTEMPTS):
        try:
            count_touch(root, touches_of(root), touch_id, at, mass=False, now=now)
        except TouchesChanged:
            continue
        return
    raise Contended
