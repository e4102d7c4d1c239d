"""Putting the tags that a SOP ends with on its customer, once: what a member takes off stays off (SOP-24)."""

from collections.abc import Sequence
from datetime import datetime

from scrm.customers.dynamodb import Customers
from scrm.sops.tagged_dynamodb import is_tagged, note_tagged
from scrm.tagging.by_rule import put_on
from scrm.telemetry import count

customers = Customers()


def put(customer_id: str, name: str, tag_ids: Sequence[str], now: datetime) -> None:
    """Put tags on all friendships of a customer, unless those of this `name` were before.

    Safe to repeat: killed at any line, what is left is done. Raises WeComError; the message comes again then.
    """
    whole = customers.whole(customer_id, consistent=True)
    if not whole or is_tagged(customer_id, name):
        return
    if put_on(whole, tag_ids, name, now):
        note_tagged(customer_id, name, now)
        count("sop_tagged")
