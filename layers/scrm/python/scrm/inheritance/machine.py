"""How an item moves (spec 2.3): what WeCom's answers make of it. Pure; anything else is NotPossible."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from scrm.inheritance.model import PENDING, Item, ItemStatus

STUCK_AFTER = timedelta(hours=72)

RESULTS: Mapping[int, ItemStatus] = {
    1: "SUCCEEDED",
    2: "WAITING",
    3: "REFUSED",
    4: "LIMIT_EXCEEDED",
    5: "NO_RECORD",
}
"""What `transfer_result` says of a customer (sheet 7.2)."""

FAILURES: Mapping[str, ItemStatus] = {
    "customer_refused": "REFUSED",
    "customer_limit_exceed": "LIMIT_EXCEEDED",
}
"""What the callback `transfer_fail` says."""


class NotPossible(Exception):
    """The step does not exist from here; nothing is written."""


def submitted(item: Item, errcode: int | None, now: datetime) -> Item:
    """Return the item after the call that hands it over; None: no answer came, it is to be asked for."""
    if item.status not in {"PLANNED", "UNKNOWN"}:
        raise NotPossible
    if errcode is None:
        return replace(item, status="UNKNOWN", at=now, sent_at=item.sent_at or now)
    if errcode == 0:
        return replace(item, status="WAITING", code="", at=now, sent_at=item.sent_at or now)
    # WeCom has not taken it: it counts towards none of the 90 days.
    return replace(item, status="REJECTED", code=str(errcode), at=now, sent_at=None)


def resulted(item: Item, status: ItemStatus, at: datetime) -> Item:
    """Return the item after WeCom has told how it ended; what has ended stays as it is. Safe to repeat."""
    if item.status not in PENDING or status == item.status:
        return item
    if status == "WAITING":
        return item if item.status == "STUCK" else replace(item, status="WAITING", at=at)
    return replace(item, status=status, at=at)


def not_found(item: Item, now: datetime) -> Item:
    """Return an item whose call had no answer and of which WeCom has no record: it may be sent again."""
    if item.status != "UNKNOWN":
        return item
    return replace(item, status="PLANNED", at=now, sent_at=None)


def overdue(item: Item, now: datetime) -> Item:
    """Return an item that waits longer than 72 h as stuck: somebody is told, and it is asked for on."""
    if item.status == "WAITING" and item.sent_at and now - item.sent_at > STUCK_AFTER:
        return replace(item, status="STUCK", at=now)
    return item


def settled(item: Item, now: datetime) -> Item:
    """Return an item whose customer has moved in all that is ours; NotPossible before it succeeded."""
    if item.status == "SETTLED":
        return item
    if item.status != "SUCCEEDED":
        raise NotPossible
    return replace(item, status="SETTLED", at=now)
