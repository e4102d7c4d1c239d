"""A member who is gone, and what they leave behind. Pure; times in UTC."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from scrm.inheritance.guards import RESIGNED_MOST
from scrm.inheritance.model import PlanMode
from scrm.staff.model import Member

Gone = Literal["disabled", "left"]
STATUSES: Mapping[str, Gone] = {"disabled": "disabled", "left": "left"}
"""Which statuses of a member mean that they are gone."""


@dataclass(frozen=True)
class Remains:
    """How much is still a member's: friends, groups they own, leads, open to-dos, bars that wait for them."""

    customers: int = 0
    groups: int = 0
    leads: int = 0
    to_dos: int = 0
    bars: int = 0

    @property
    def any(self) -> bool:
        """Return whether something is left to be handed over."""
        return any(asdict(self).values())


@dataclass(frozen=True)
class Departure:
    """A member who was disabled or has left, since when.

    `left_at` is when they left, as WeCom tells where it does (`dimission_time`). `with_contact`: they had the
    customer-contact feature. `remains` is what was theirs at `counted_at`, `counted_as` how they were gone
    then. `listed` is how many of their customers WeCom listed as unassigned at `listed_at`.
    """

    userid: str
    status: Gone
    gone_at: datetime
    left_at: datetime | None = None
    with_contact: bool = False
    remains: Remains | None = None
    counted_at: datetime | None = None
    counted_as: str = ""
    listed: int | None = None
    listed_at: datetime | None = None

    @property
    def until(self) -> datetime | None:
        """Return until when WeCom hands over; None while they have not left."""
        return self.left_at + RESIGNED_MOST if self.left_at else None

    def is_in_time(self, now: datetime) -> bool:
        """Return whether WeCom still hands over at `now`."""
        return self.until is None or now <= self.until

    @property
    def has_something(self) -> bool:
        """Return whether something is left, or nobody has counted yet."""
        return self.remains is None or self.remains.any or bool(self.listed)


def mode_of(gone: Departure | None, member: Member | None) -> PlanMode:
    """Return how WeCom hands over: whoever is disabled is still employed, and so on the job (sheet 7)."""
    status = gone.status if gone else member.status if member else "left"
    return "resigned" if status == "left" else "onjob"
