"""Who may be sent something unasked: pull, not push (spec OAE-10). Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from scrm.sends.model import SendKind

Status = Literal["awaiting_approval", "started", "rejected"]
Skipped = Literal["opted_out", "no_recent_event", "not_active"]

MOST_CUSTOMERS = 100
"""Named one by one; more are asked for by a saved query."""
DUE_AFTER = timedelta(hours=24)


@dataclass(frozen=True)
class Terms:
    """How long ago an event of the customer may be, and how many customers need no approval."""

    event_hours: int = 48
    most_unapproved: int = 20


@dataclass(frozen=True)
class Target:
    """A customer, named as the caller named them, with the relations of who is to send it.

    `event_at` is the latest thing the customer did of themselves.
    """

    customer_id: str
    external_userid: str
    pairs: tuple[str, ...]
    event_at: datetime | None = None
    opted_out: bool = False


@dataclass(frozen=True)
class Push:
    """One request. It names relations, or keeps the question that selects them.

    `customers` is how many are asked for, None while a query selects more than were counted.
    """

    push_id: str
    kind: SendKind
    item_id: str
    title: str
    author: str
    created_at: datetime
    status: Status
    note: str = ""
    customers: int | None = None
    pairs: tuple[str, ...] = ()
    question: Mapping[str, Any] = field(default_factory=dict)
    skipped: Mapping[str, Skipped] = field(default_factory=dict)
    decided_by: str = ""
    decided_at: datetime | None = None
    reason: str = ""
    job_id: str = ""
    version: int = 0


def needs_approval(customers: int, terms: Terms) -> bool:
    """Return whether so many customers are only written to once another administrator agrees."""
    return customers > terms.most_unapproved


def judged(
    targets: Sequence[Target], now: datetime, terms: Terms, *, approved: bool
) -> tuple[list[Target], dict[str, Skipped]]:
    """Return who may be sent it, and why not who may not, by the name the caller used.

    Without approval an event of the customer within the window is needed, the window's end included; nothing
    is sent to who opted out.
    """
    kept: list[Target] = []
    skipped: dict[str, Skipped] = {}
    for each in targets:
        if each.opted_out:
            skipped[each.external_userid] = "opted_out"
        elif not each.pairs:
            skipped[each.external_userid] = "not_active"
        elif not approved and not had_event(each.event_at, now, terms):
            skipped[each.external_userid] = "no_recent_event"
        else:
            kept.append(each)
    return kept, skipped


def had_event(event_at: datetime | None, now: datetime, terms: Terms) -> bool:
    """Return whether the customer did something of themselves within the window."""
    return event_at is not None and event_at >= now - timedelta(hours=terms.event_hours)
