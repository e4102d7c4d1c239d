"""The numbers kept of a customer (spec 6). Plain values; scrm.facts.dynamodb keeps them.

Each number belongs to one customer id. A merged customer's facts are those of the customer and of everybody
they absorbed, put together by `combined`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import log2

HALF_LIFE = timedelta(days=14)
"""Of the interaction index (spec 6)."""


@dataclass(frozen=True)
class Bought:
    """A product of paid orders (CUS-08): what was bought of it, refunds taken off. Money in fen."""

    product_code: str
    title: str = ""
    quantity: int = 0
    amount_fen: int = 0
    last_at: datetime | None = None


@dataclass(frozen=True)
class Orders:
    """Paid orders, refunds taken off. Money in fen.

    `count` and `amount_fen` are of all time, `window` holds (date, orders, net fen) of the latest 366 Beijing
    days, oldest first. `products` are codes bought and not wholly refunded, latest first, at most 100;
    `bought` says how much of each. `paid` is whether any order was ever paid, refunded or not (IDN-09).
    """

    count: int = 0
    amount_fen: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    window: tuple[tuple[str, int, int], ...] = ()
    products: tuple[str, ...] = ()
    bought: tuple[Bought, ...] = ()
    paid: bool = False


@dataclass(frozen=True)
class Interaction:
    """The interaction index at `at`, and the inbound acts that windows of 90 days count.

    `acts` holds (date, count) by kind (share, referral, feedback), oldest first. `inbound_at` is the latest
    inbound act of any kind.
    """

    index: float = 0.0
    at: datetime | None = None
    inbound_at: datetime | None = None
    acts: Mapping[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Sessions:
    """What a conversation feed told of chats; absent without a feed, never zero (spec D5)."""

    count: int
    seconds: int
    last_at: datetime | None


@dataclass(frozen=True)
class Talk:
    """How far one member's talk with the customer is. None where no feed told of it."""

    userid: str
    customer_at: datetime | None = None
    staff_at: datetime | None = None
    followed_at: datetime | None = None

    def with_later(self, other: "Talk") -> "Talk":
        """Return the later of each time."""
        return Talk(
            self.userid,
            _latest((self.customer_at, other.customer_at)),
            _latest((self.staff_at, other.staff_at)),
            _latest((self.followed_at, other.followed_at)),
        )


@dataclass(frozen=True)
class Score:
    """A value that a model, a rule or a person gave (CUS-09, CUS-11). `expires_at` None: until replaced."""

    name: str
    value: float | str
    model: str
    at: datetime
    reason: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Facts:
    """Everything counted of a customer.

    `touches` holds (Beijing date, count) of marketing touches that other systems made, of the latest 62
    days, oldest first; `touches_since` asks it (INT-06).
    """

    orders: Orders = Orders()
    interaction: Interaction = Interaction()
    sessions: Sessions | None = None
    talks: tuple[Talk, ...] = ()
    scores: tuple[Score, ...] = ()
    member_since: datetime | None = None
    follows_official_account: bool | None = None
    touches: tuple[tuple[str, int], ...] = ()
    version: int = 0

    def touches_since(self, date: str) -> int:
        """Return the marketing touches by other systems from a Beijing date (YYYY-MM-DD) on."""
        return sum(count for day, count in self.touches if day >= date)


def index_at(interaction: Interaction, now: datetime) -> float:
    """Return the interaction index I(now): it halves every 14 days (spec 6)."""
    if interaction.at is None:
        return 0.0
    return float(interaction.index * 2.0 ** (-(now - interaction.at) / HALF_LIFE))


def energy(interaction: Interaction) -> float | None:
    """Return the index as a value time does not change: I(t) ≥ x exactly when energy ≥ level_of(x, t)."""
    if interaction.at is None or interaction.index <= 0:
        return None
    return log2(interaction.index) + interaction.at.timestamp() / HALF_LIFE.total_seconds()


def level_of(index: float, now: datetime) -> float:
    """Return the energy of an index that is `index` (> 0) at `now`."""
    return log2(index) + now.timestamp() / HALF_LIFE.total_seconds()


def with_act(interaction: Interaction, weight: float, at: datetime) -> Interaction:
    """Return the index with an act of `weight` at `at`, in whatever order acts arrive (spec 6)."""
    if interaction.at is None or at >= interaction.at:
        return Interaction(index_at(interaction, at) + weight, at, interaction.inbound_at, interaction.acts)
    late = weight * 2.0 ** (-(interaction.at - at) / HALF_LIFE)
    return Interaction(interaction.index + late, interaction.at, interaction.inbound_at, interaction.acts)


def combined(parts: Iterable[Facts]) -> Facts:
    """Return the facts of one customer who was several: merging is a link, so nothing was moved."""
    every = list(parts)
    if len(every) == 1:
        return every[0]
    scores: dict[str, Score] = {}
    for score in sorted((each for part in every for each in part.scores), key=lambda each: each.at):
        scores[score.name] = score
    return Facts(
        orders=_orders([each.orders for each in every]),
        interaction=joined([each.interaction for each in every]),
        sessions=_sessions([each.sessions for each in every if each.sessions]),
        talks=_talks([talk for each in every for talk in each.talks]),
        scores=tuple(scores.values()),
        member_since=min((each.member_since for each in every if each.member_since), default=None),
        follows_official_account=_any([each.follows_official_account for each in every]),
        touches=_by_day(day for each in every for day in each.touches),
        version=sum(each.version for each in every),
    )


def _orders(parts: list[Orders]) -> Orders:
    window: dict[str, tuple[int, int]] = {}
    for date, count, net in (day for each in parts for day in each.window):
        known = window.get(date, (0, 0))
        window[date] = known[0] + count, known[1] + net
    return Orders(
        count=sum(each.count for each in parts),
        amount_fen=sum(each.amount_fen for each in parts),
        first_at=min((each.first_at for each in parts if each.first_at), default=None),
        last_at=_latest(each.last_at for each in parts),
        window=tuple((date, *window[date]) for date in sorted(window)),
        products=tuple(dict.fromkeys(code for each in parts for code in each.products)),
        bought=_bought([line for each in parts for line in each.bought]),
        paid=any(each.paid for each in parts),
    )


def _bought(lines: list[Bought]) -> tuple[Bought, ...]:
    found: dict[str, Bought] = {}
    for each in lines:
        known = found.get(each.product_code, Bought(each.product_code))
        found[each.product_code] = Bought(
            each.product_code,
            known.title or each.title,
            known.quantity + each.quantity,
            known.amount_fen + each.amount_fen,
            _latest((known.last_at, each.last_at)),
        )
    return tuple(found.values())


def joined(parts: Iterable[Interaction]) -> Interaction:
    """Return one interaction index for several that were counted apart."""
    parts = list(parts)
    at = _latest(each.at for each in parts)
    acts: dict[str, dict[str, int]] = {}
    for each in parts:
        for kind, days in each.acts.items():
            counted = acts.setdefault(kind, {})
            for date, count in days:
                counted[date] = counted.get(date, 0) + count
    return Interaction(
        index=sum(index_at(each, at) for each in parts) if at else 0.0,
        at=at,
        inbound_at=_latest(each.inbound_at for each in parts),
        acts={kind: tuple(sorted(days.items())) for kind, days in acts.items()},
    )


def _sessions(parts: list[Sessions]) -> Sessions | None:
    if not parts:
        return None
    return Sessions(
        sum(each.count for each in parts),
        sum(each.seconds for each in parts),
        _latest(each.last_at for each in parts),
    )


def _talks(parts: list[Talk]) -> tuple[Talk, ...]:
    found: dict[str, Talk] = {}
    for each in parts:
        known = found.get(each.userid.lower(), each)
        found[each.userid.lower()] = each.with_later(known)
    return tuple(found.values())


def _by_day(days: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    counted: dict[str, int] = {}
    for date, count in days:
        counted[date] = counted.get(date, 0) + count
    return tuple(sorted(counted.items()))


def _latest(moments: Iterable[datetime | None]) -> datetime | None:
    return max((each for each in moments if each), default=None)


def _any(values: Iterable[bool | None]) -> bool | None:
    known = [each for each in values if each is not None]
    return any(known) if known else None
