"""Which keys find the cards that a question selects. Pure.

A read names a collection of the table: a member's cards, everybody's, the postings of a value, a stretch of a
range, the adds of a channel. `options` gives, for one question, every union of reads that meets each card the
question holds for; a card too many is harmless, the card itself is asked. A question that holds for a card
without any posting has no option, nor has one whose field has no postings: those are known by the card alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from scrm.cards.model import Card
from scrm.cards.postings import OF_CUSTOMER, RANGED, VALUED, has, in_range, sortable
from scrm.conditions.fields import Field
from scrm.conditions.tree import Leaf, boundary, holds
from scrm.facts.model import level_of
from scrm.moments import moment_of

MOST_READS = 40
"""A union of more reads costs more requests than it saves cards."""

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Owner:
    """A member's cards, by place. `member` is the userid in lower case."""

    member: str


@dataclass(frozen=True)
class Everybody:
    """Everybody's cards, by place."""


@dataclass(frozen=True)
class Has:
    """The cards with a value, by place."""

    field: str
    value: str

    @property
    def pk(self) -> str:
        """Return the collection."""
        return has(self.field, self.value)


@dataclass(frozen=True)
class Through:
    """The adds through a channel, by time."""

    channel_id: str


@dataclass(frozen=True)
class InRange:
    """The cards, or customers, whose number or time is between two texts, both included, by size."""

    field: str
    low: str = ""
    high: str = "~"

    @property
    def pk(self) -> str:
        """Return the collection."""
        return in_range(self.field)

    @property
    def names_customers(self) -> bool:
        """Return whether its keys name customers rather than cards."""
        return self.field in OF_CUSTOMER or self.field.startswith(("score.", "field."))


Read = Owner | Everybody | Has | Through | InRange
Options = tuple[tuple[Read, ...], ...]
Bounds = tuple[Any, Any]
"""From and to, both included and possibly None: a little too wide rather than too narrow."""

_BLANK = Card("")
_TO_THE_HOUR = frozenset({"last_contact_at", "followed_at", "inbound_at", "last_session_at"})
_TALK = frozenset({"customer_message_at", "staff_message_at"})
_BRAND_LEVELS: Mapping[str, Bounds] = {"interactor": (5, 15), "follower": (1, 5)}
_RECENCY_DAYS: Mapping[int, tuple[int, int | None]] = {
    5: (0, 31), 4: (31, 61), 3: (61, 91), 2: (91, 181), 1: (181, None)
}  # fmt: skip
"""By R score: since how many whole days at least, and under how many (Card.rfm)."""
_HIGH = frozenset({"重要价值", "重要发展", "一般价值", "一般发展"})
"""The RFM groups whose R is high, 3 or more."""


def options(leaf: Leaf, now: datetime) -> Options:
    """Return every union of reads that meets all cards the question holds for; none when none does."""
    if holds(leaf, _BLANK, now) is True:
        return ()
    name = leaf.field.name
    special = _SPECIAL.get(name)
    if special:
        found = special(leaf, now)
    elif leaf.field.kind == "set":
        found = _of_set(leaf)
    elif leaf.field.kind == "time":
        found = _of_time(leaf, now)
    elif name in RANGED or leaf.field.kind in {"number", "score"}:
        found = _of_numbers(leaf)
    else:
        found = _of_values(leaf)
    return tuple(each for each in found if len(each) <= MOST_READS)


def time_bounds(leaf: Leaf, now: datetime) -> Bounds | None:
    """Return between which times, both included, a question about a time holds; None for another question."""
    match leaf.op:
        case "from":
            return leaf.value, None
        case "before":
            return None, leaf.value
        case "between":
            return leaf.value[0], leaf.value[1]
        case "within_days" | "since_midnight":
            return boundary(leaf.op, leaf.value, now), None
        case "older_than_days":
            return None, boundary(leaf.op, leaf.value, now)
        case "known" if leaf.value:
            return None, None
    return None


def _posted(name: str) -> bool:
    return name in VALUED or name.startswith(("field.", "score."))


def _of_set(leaf: Leaf) -> Options:
    name = leaf.field.name
    if not _posted(name):
        return ()
    reads = tuple(Has(name, value) for value in dict.fromkeys(leaf.value)) if leaf.op != "known" else ()
    if leaf.op == "any":
        return (reads,)
    return tuple((each,) for each in reads) if leaf.op == "all" else ()


def _of_values(leaf: Leaf) -> Options:
    name, op = leaf.field.name, leaf.op
    if not _posted(name) or op not in {"is", "in"}:
        return ()
    if leaf.field.kind == "bool":
        posted = leaf.value or name.startswith("field.")
        return ((Has(name, "true" if leaf.value else "false"),),) if posted else ()
    wanted = leaf.value if op == "in" else (leaf.value,)
    return (tuple(_with_value(name, value) for value in dict.fromkeys(wanted)),)


def _with_value(name: str, value: Any) -> Read:
    """Return the read for a text: a custom field's text that is a date is posted as one."""
    at = moment_of(value) if name.startswith("field.") else None
    if at:
        return _between(name, (at, at))
    return Has(name, value)


def _of_time(leaf: Leaf, now: datetime) -> Options:
    name = leaf.field.name
    bounds = time_bounds(leaf, now)
    custom = name.startswith("field.")
    if bounds is None or (custom and leaf.op == "known") or not (custom or name in RANGED | _TALK):
        return ()
    low, high = bounds
    if name in _TALK:
        # The latest message of either side is no earlier than that of one.
        name, high = "last_contact_at", None
    if low is not None and name in _TO_THE_HOUR:
        low = low.replace(minute=0, second=0, microsecond=0)
    return ((_between(name, (low, high)),),)


def _number_bounds(leaf: Leaf) -> tuple[Bounds, ...]:
    value = leaf.value
    match leaf.op:
        case "eq":
            return ((value, value),)
        case "lt" | "lte":
            return ((None, value),)
        case "gt" | "gte":
            return ((value, None),)
        case "between":
            return ((value[0], value[1]),)
        case "ne":
            return ((None, None),)
        case "in":
            return tuple((each, each) for each in value if isinstance(each, int | float))
    return ()


def _of_numbers(leaf: Leaf) -> Options:
    name = leaf.field.name
    if not (name in RANGED or name.startswith(("field.", "score."))):
        return ()
    reads: list[Read] = [_between(name, each) for each in _number_bounds(leaf)]
    if leaf.op == "in":
        reads += [Has(name, each) for each in leaf.value if isinstance(each, str)]
    return (tuple(reads),) if reads else ()


def _of_index(leaf: Leaf, now: datetime) -> Options:
    return (tuple(_by_energy(each, now) for each in _number_bounds(leaf)),) if _number_bounds(leaf) else ()


def _by_energy(bounds: Bounds, now: datetime) -> Read:
    """Return the read of an index between two values; postings are to a tenth of the energy downwards."""
    low, high = bounds
    least = level_of(low, now) - 0.2 if low is not None and low > 0 else None
    most = level_of(high, now) + 0.1 if high is not None and high > 0 else None
    return _between("energy", (least, most))


def _of_brand(leaf: Leaf, now: datetime) -> Options:
    if leaf.op != "in" or not _BRAND_LEVELS.keys() >= set(leaf.value):
        return ()
    return (tuple(_by_energy(_BRAND_LEVELS[each], now) for each in dict.fromkeys(leaf.value)),)


def _of_rfm(leaf: Leaf, now: datetime) -> Options:
    """Return the stretch of last orders that have a recency the question allows; none at all has no group."""
    possible = [score for score in _RECENCY_DAYS if _recency_allows(leaf, score)]
    if not possible:
        return ()
    least, most = _RECENCY_DAYS[max(possible)][0], _RECENCY_DAYS[min(possible)][1]
    low = now - most * DAY if most else None
    high = now - least * DAY if least else None
    return ((_between("last_order_at", (low, high)),),)


def _recency_allows(leaf: Leaf, score: int) -> bool:
    if leaf.field.name == "rfm_r" and leaf.op != "known":
        given = Field("rfm_r", "number", "customer", "", lambda _card, _now: score)
        return holds(Leaf(given, leaf.op, leaf.value), _BLANK, _ANY_TIME) is True
    if leaf.field.name == "rfm_group" and leaf.op == "in":
        return any((each in _HIGH) is (score >= 3) for each in leaf.value)
    return True


_ANY_TIME = datetime.fromisoformat("2000-01-01T00:00:00+00:00")


def _of_channel(leaf: Leaf, _now: datetime) -> Options:
    return (tuple(Through(each) for each in dict.fromkeys(leaf.value)),) if leaf.op == "in" else ()


def _of_staff(leaf: Leaf, _now: datetime) -> Options:
    return (tuple(Owner(each) for each in dict.fromkeys(leaf.value)),) if leaf.op == "in" else ()


def _of_state(leaf: Leaf, _now: datetime) -> Options:
    """Return the reads of ended relations; that one is active, or none, is true of nearly everybody."""
    return _of_values(leaf) if leaf.op == "in" and not {"active", "none"} & set(leaf.value) else ()


def _of_loyalty(leaf: Leaf, _now: datetime) -> Options:
    return ((Has("is_member", "true"),),) if leaf.op == "in" and set(leaf.value) == {"member"} else ()


_SPECIAL: Mapping[str, Callable[[Leaf, datetime], Options]] = {
    "staff": _of_staff,
    "channel": _of_channel,
    "relation_state": _of_state,
    "interaction_index": _of_index,
    "brand_group": _of_brand,
    "loyalty": _of_loyalty,
    "rfm_group": _of_rfm,
    "rfm_r": _of_rfm,
    "rfm_f": _of_rfm,
    "rfm_m": _of_rfm,
}


def _between(name: str, bounds: Bounds) -> InRange:
    """Return the stretch of a range; "$" sorts behind the "#" that follows the number or time in a key."""
    low, high = bounds
    return InRange(name, "" if low is None else sortable(low), "~" if high is None else f"{sortable(high)}$")
