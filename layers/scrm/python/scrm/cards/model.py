"""A card 客户卡: one line of any list. Plain values; what depends on the time is asked of `Card.at`.

A customer has one card for each member who knows them, or a single bare one (userid "") before any
friendship. A condition is asked of a card; a customer is in a segment when one of their cards is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from scrm.customers.model import CustomerKind
from scrm.customers.relation import Status
from scrm.facts.model import HALF_LIFE

Lifecycle = Literal["new", "active", "cooling", "silent", "lost"]
Loyalty = Literal["potential", "ordinary", "loyal", "member"]
BrandGroup = Literal["indifferent", "follower", "interactor", "advocate"]

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Card:
    """A customer as one member knows them.

    Of the relation: `name` to `followed_at`; without a relation they are empty or None. Of the customer, the
    same on all their cards: the rest. Numbers of the last 365 or 90 days are true until `window_until`, when
    the first day leaves its window and the card is made anew. Money in fen. None is "not known".
    The `first` of a customer's cards is the one that counts where customers are counted. `stays` are all
    stretches of the relation (scrm.customers.stays), only where `added_at`, `status` and `deleted_at` do not
    say as much: after a second add, or when both sides have deleted.
    """

    customer_id: str
    external_userid: str = ""
    userid: str = ""
    first: bool = False
    # how one member knows them
    name: str = ""
    remark: str = ""
    status: Status = "none"
    added_at: datetime | None = None
    add_way: int | None = None
    channel_id: str | None = None
    deleted_at: datetime | None = None
    stays: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    customer_message_at: datetime | None = None
    staff_message_at: datetime | None = None
    followed_at: datetime | None = None
    # who they are
    created_at: datetime | None = None
    kind: CustomerKind = "prospect"
    identified: bool = False
    stage: str = ""
    stage_at: datetime | None = None
    interests: tuple[str, ...] = ()
    opted_out: bool = False
    fields: Mapping[str, Any] = field(default_factory=dict)
    first_added_at: datetime | None = None
    friends: int = 0
    all_tags: tuple[str, ...] = ()
    official_account: bool | None = None
    # what they did
    order_count: int = 0
    order_amount: int = 0
    first_order_at: datetime | None = None
    last_order_at: datetime | None = None
    orders_365d: int = 0
    amount_365d: int = 0
    products: tuple[str, ...] = ()
    is_member: bool = False
    energy: float | None = None
    inbound_at: datetime | None = None
    sessions: int | None = None
    session_seconds: int | None = None
    last_session_at: datetime | None = None
    shares_90d: int = 0
    referrals_90d: int = 0
    feedback_90d: int = 0
    scores: Mapping[str, float | str] = field(default_factory=dict)
    window_until: datetime | None = None
    # where they belong
    segments: tuple[str, ...] = ()

    @property
    def card_id(self) -> str:
        """Return what names the card for good: `<userid in lower case>#<external_userid or customer_id>`."""
        return f"{self.userid.lower()}#{self.external_userid or self.customer_id}"

    @property
    def sorted_at(self) -> datetime | None:
        """Return when the list places it: its add, else when the customer became known."""
        return self.added_at or self.created_at

    @property
    def last_contact_at(self) -> datetime | None:
        """Return the latest message of either side; None without a feed."""
        return max((each for each in (self.customer_message_at, self.staff_message_at) if each), default=None)

    @property
    def unreplied(self) -> bool | None:
        """Return whether the customer's last message has no answer; None without a feed (spec D5)."""
        if self.customer_message_at is None:
            return None if self.staff_message_at is None else False
        return self.staff_message_at is None or self.staff_message_at < self.customer_message_at

    @property
    def followed_since_add(self) -> bool | None:
        """Return whether the member has followed them up since the latest add; None without a known add."""
        if self.added_at is None:
            return None
        return self.followed_at is not None and self.followed_at >= self.added_at

    @property
    def quiet_since(self) -> datetime | None:
        """Return what the lifecycle counts from: the last inbound act, else the first add (spec 6)."""
        return self.inbound_at or self.first_added_at

    def interaction_index(self, now: datetime) -> float:
        """Return I(now) of spec 6."""
        if self.energy is None:
            return 0.0
        return float(2.0 ** (self.energy - now.timestamp() / HALF_LIFE.total_seconds()))

    def lifecycle(self, now: datetime) -> Lifecycle | None:
        """Return the lifecycle 生命周期 (spec 6, CUS-20); None before any friendship.

        Days are whole ones gone by. lost goes before new, new before the others.
        """
        if self.first_added_at is None or self.quiet_since is None:
            return None
        if not self.friends and not self.official_account:
            return "lost"
        if now - self.first_added_at < 8 * DAY:
            return "new"
        quiet = now - self.quiet_since
        if quiet < 31 * DAY:
            return "active"
        return "cooling" if quiet < 60 * DAY else "silent"

    @property
    def loyalty(self) -> Loyalty:
        """Return the step of the loyalty ladder 忠诚度 (M14), over the orders of the last 365 days."""
        if not self.orders_365d:
            return "potential"
        if self.orders_365d < 2 or self.amount_365d < 200_000:
            return "ordinary"
        return "member" if self.is_member else "loyal"

    def brand_group(self, now: datetime) -> BrandGroup:
        """Return the brand group 品牌人群 (M14): by interaction index, or a referral within 90 days."""
        index = self.interaction_index(now)
        if index >= 15 or self.referrals_90d:
            return "advocate"
        if index >= 5:
            return "interactor"
        return "follower" if index >= 1 else "indifferent"

    def rfm(self, now: datetime) -> tuple[int, int, int] | None:
        """Return the R, F and M scores 1..5 over 365 days (spec 6); None without an order in them."""
        if not self.orders_365d or self.last_order_at is None:
            return None
        gone = (now - self.last_order_at) // DAY
        recency = next((5 - step for step, most in enumerate((30, 60, 90, 180)) if gone <= most), 1)
        frequency = next(
            (5 - step for step, least in enumerate((10, 6, 3, 2)) if self.orders_365d >= least), 1
        )
        money = next(
            (
                5 - step
                for step, least in enumerate((10_000, 5_000, 2_000, 500))
                if self.amount_365d >= least * 100
            ),
            1,
        )
        return recency, frequency, money

    def rfm_group(self, now: datetime) -> str | None:
        """Return the RFM group, e.g. 重要价值; high is 3 or more (spec 6)."""
        scores = self.rfm(now)
        return RFM_GROUPS["".join("H" if each >= 3 else "L" for each in scores)] if scores else None


RFM_GROUPS = {
    "HHH": "重要价值",
    "HLH": "重要发展",
    "LHH": "重要保持",
    "LLH": "重要挽留",
    "HHL": "一般价值",
    "HLL": "一般发展",
    "LHL": "一般保持",
    "LLL": "一般挽留",
}
"""By high and low of R, F and M (spec 6)."""
