"""A handover of customers as everything else knows it (spec 2.1, 2.3, 5). Pure; times in UTC."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

PlanMode = Literal["onjob", "resigned"]

ItemStatus = Literal[
    "PLANNED",
    "SKIPPED",
    "WAITING",
    "UNKNOWN",
    "REJECTED",
    "SUCCEEDED",
    "REFUSED",
    "LIMIT_EXCEEDED",
    "NO_RECORD",
    "STUCK",
    "SETTLED",
]

PENDING: frozenset[ItemStatus] = frozenset({"WAITING", "UNKNOWN", "STUCK"})
"""WeCom has it, or may have it: nobody hands the customer over again meanwhile."""
OPEN: frozenset[ItemStatus] = PENDING | {"PLANNED", "SUCCEEDED"}
"""Something is still to be done for it."""
TAG_OPEN = "tag"
"""Code of a settled item whose tags WeCom has not taken yet."""
TAG_FAILED = "tag:"
"""So begins the code of a settled item whose tags WeCom does not take; why follows."""
SkipCode = Literal[
    "40129",  # in another transfer already
    "quota90",  # twice on the job within 90 natural days
    "not_friend",
    "takeover_full",
    "takeover_unfit",  # not visible, not real-named, left
    "resigned_long_ago",
    "unassigned",
    "duplicate",
    "cancelled",  # the plan was called off before it was sent
    "erased",  # the person was erased before it was over; nothing says who it was
]


@dataclass(frozen=True)
class Item:
    """One relation that is handed over: of one customer, from one member to another.

    `code` is WeCom's for a row it did not take, or why we skipped it. `attempt` counts items of the same
    relation within a plan. `at` is when it got its status; `sent_at` when WeCom took it; `next` names the
    batch that carries on with its customer.
    """

    customer_id: str
    external_userid: str
    handover: str
    takeover: str
    status: ItemStatus = "PLANNED"
    code: str = ""
    attempt: int = 1
    at: datetime | None = None
    sent_at: datetime | None = None
    next: str = ""
