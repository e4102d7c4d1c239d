"""What a customer has agreed to, and what may be sent to them (spec OAE-13; PIPL 13–17, 24, 29). Pure.

A purpose's latest word holds, by the time it was given and not by the order in which it reached us; of two
words of one second the withdrawal holds. `opted_out_at` is set while marketing is withdrawn.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from scrm.customers.model import Customer

Purpose = Literal["marketing", "profiling", "chat_archive", "sensitive_data"]
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)

ASKED_FIRST: frozenset[Purpose] = frozenset({"chat_archive", "sensitive_data"})
"""Not allowed without an explicit yes; the others are allowed until they are withdrawn."""


@dataclass(frozen=True)
class Change:
    """One word of the customer on one purpose. `by` is who told us, `source` how they know it."""

    purpose: Purpose
    given: bool
    at: datetime
    source: str
    by: str

    @property
    def plain(self) -> dict[str, Any]:
        """Return what the customer's row keeps of it."""
        at = self.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {"given": self.given, "at": at, "source": self.source, "by": self.by}


def told(customer: Customer, changes: Iterable[Change]) -> Customer:
    """Return the customer with the changes that are the latest word on their purpose, in any order."""
    consents = dict(customer.consents)
    for change in changes:
        if _is_news(consents.get(change.purpose), change):
            consents[change.purpose] = change.plain
    marketing = consents.get("marketing")
    out = customer.opted_out_at
    if marketing is not None:
        out = None if marketing["given"] else datetime.fromisoformat(marketing["at"])
    return replace(customer, consents=consents, opted_out_at=out)


def _is_news(known: Mapping[str, Any] | None, change: Change) -> bool:
    if known is None:
        return True
    at = change.plain["at"]
    return bool(at > known["at"] or (at == known["at"] and known["given"] and not change.given))


def allows(customer: Customer, purpose: Purpose, now: datetime) -> bool:
    """Return whether the customer lets their data be used for a purpose at `now`."""
    word = customer.consents.get(purpose)
    if word is None or datetime.fromisoformat(word["at"]) > now:
        return purpose not in ASKED_FIRST
    return bool(word["given"])


def may_market(customer: Customer, now: datetime) -> bool:
    """Return whether something may be sent to the customer that they have not asked for (OAE-13).

    Every sender of marketing asks this of the whole customer (`scrm.customers.whole.united`) just before it
    sends, and skips those who may not be with the reason "optout". What answers the customer's own act is a
    service reply and does not ask: the welcome after an add, the reply in a chat, news of their order.
    """
    if customer.erased_at is not None or not allows(customer, "marketing", now):
        return False
    if "marketing" in customer.consents:
        return True
    return customer.opted_out_at is None or customer.opted_out_at > now
