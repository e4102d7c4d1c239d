"""How a question to the table may be answered: which reads meet every card that is selected. Pure.

Of parts that all have to hold one drives, any of them: a `Choice`. Of parts one of which is enough each
drives: a `Together`, and there is none when one of them has no reads. `not` never drives. What no part
drives, the cards of the members in scope do, or everybody's. Times of adding narrow every read that is in the
order of the adds.

The scope is part of what drives, or is checked on the key of a posting before its card is read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from scrm.cards.model import Card
from scrm.cards.postings import VALUED, in_range, postings, sortable
from scrm.conditions.reads import (
    Everybody,
    Has,
    InRange,
    Owner,
    Read,
    Through,
    options,
    time_bounds,
)
from scrm.conditions.tree import AllOf, AnyOf, Leaf, Node, Not
from scrm.moments import rfc3339

MOST_OWNERS = 60
"""With more members in scope the months are read instead, and the scope is checked on their keys."""

Scope = frozenset[str] | None
"""The keys of the members whose cards are asked for; None for everybody's, and those without a member."""

Order = Literal["added", "contact"]


@dataclass(frozen=True)
class Sort:
    """By the time of the add, or by the hour of the last contact; cards without a feed come last."""

    by: Order = "added"
    descending: bool = True


@dataclass(frozen=True)
class Choice:
    """Any one of these meets all the cards."""

    ways: tuple["Way", ...]


@dataclass(frozen=True)
class Together:
    """All of these together meet all the cards."""

    ways: tuple["Way", ...] = ()


Way = Read | Choice | Together


@dataclass(frozen=True)
class Stretch:
    """Between two texts of an order: low ≤ text < high."""

    low: str = ""
    high: str = "~"

    @property
    def is_empty(self) -> bool:
        """Return whether no text lies between the two."""
        return self.low >= self.high

    def __contains__(self, text: str) -> bool:
        return self.low <= text < self.high

    def within(self, other: "Stretch") -> "Stretch":
        """Return what both have in common."""
        return Stretch(max(self.low, other.low), min(self.high, other.high))


@dataclass(frozen=True)
class Plan:
    """How to find the cards of `node` within `scope` as of `now`."""

    node: Node
    scope: Scope
    now: datetime
    driven: Way | None
    fallback: Way
    added: Stretch
    contact: Stretch
    in_contact: bool
    """Whether only cards with a last contact can be selected."""
    keys_tell: bool
    """Whether the postings alone say which cards are selected, without a look at any card."""

    @property
    def ways(self) -> Choice:
        """Return what may be chosen from, the fallback last."""
        return Choice((self.driven, self.fallback) if self.driven else (self.fallback,))

    def reaches(self, card_id: str) -> bool:
        """Return whether the scope holds a card, by its id alone."""
        return self.scope is None or card_id.partition("#")[0] in self.scope


def plan(node: Node, scope: Scope, now: datetime) -> Plan:
    """Return how to find what `node` selects within `scope`."""
    needed = list(_needed(node))
    reached = _reached(needed, scope)
    return Plan(
        node,
        reached,
        now,
        _driven(node, now, reached),
        _fallback(reached),
        _stretch(needed, "added_at", now),
        _stretch(needed, "last_contact_at", now, to_the_hour=True),
        any(_tells_of_contact(leaf, now) for leaf in needed),
        _keys_tell(node, now),
    )


def _needed(node: Node) -> Iterator[Leaf]:
    """Yield the questions every selected card has to answer with yes."""
    if isinstance(node, Leaf):
        yield node
    elif isinstance(node, AllOf):
        for each in node.parts:
            yield from _needed(each)


def _reached(needed: list[Leaf], scope: Scope) -> Scope:
    for leaf in needed:
        if leaf.field.name == "staff" and leaf.op == "in":
            named = frozenset(leaf.value)
            scope = named if scope is None else scope & named
    return scope


def _driven(node: Node, now: datetime, scope: Scope) -> Way | None:
    match node:
        case Leaf():
            return _choice([_together(each, scope) for each in options(node, now)])
        case AllOf(parts):
            return _choice([way for each in parts if (way := _driven(each, now, scope))])
        case AnyOf(parts):
            ways = [_driven(each, now, scope) for each in parts]
            return Together(tuple(way for way in ways if way)) if all(ways) else None
        case Not():
            return None


def _together(reads: tuple[Read, ...], scope: Scope) -> Way:
    kept = [each for each in reads if not isinstance(each, Owner) or scope is None or each.member in scope]
    return kept[0] if len(kept) == 1 else Together(tuple(kept))


def _choice(ways: list[Way]) -> Way | None:
    return ways[0] if len(ways) == 1 else Choice(tuple(ways)) if ways else None


def _fallback(scope: Scope) -> Way:
    if scope is None or len(scope) > MOST_OWNERS:
        return Everybody()
    return _together(tuple(Owner(each) for each in sorted(scope)), scope)


def _stretch(needed: list[Leaf], name: str, now: datetime, *, to_the_hour: bool = False) -> Stretch:
    """Return between which texts the times of the field lie in every selected card."""
    found = Stretch()
    for leaf in needed:
        bounds = time_bounds(leaf, now) if leaf.field.name == name else None
        low, high = bounds or (None, None)
        if low is not None and to_the_hour:
            low = low.replace(minute=0, second=0, microsecond=0)
        least = rfc3339(low.astimezone(UTC)) if low else ""
        most = f"{rfc3339(high.astimezone(UTC))}$" if high else "~"
        found = found.within(Stretch(least, most))
    return found


_FEED = frozenset({"last_contact_at", "customer_message_at", "staff_message_at"})


def _tells_of_contact(leaf: Leaf, now: datetime) -> bool:
    if leaf.field.name == "unreplied":
        return leaf.op == "is"
    return leaf.field.name in _FEED and time_bounds(leaf, now) is not None


def _keys_tell(node: Node, now: datetime) -> bool:
    """Return whether the node is one question, or one of several, of values that are posted one by one.

    Then a card is selected exactly when it has one of the postings. Custom fields are left out: what they
    hold may be of an older type.
    """
    if isinstance(node, AnyOf):
        return all(_keys_tell(each, now) for each in node.parts)
    if not isinstance(node, Leaf) or node.field.name not in VALUED or node.op == "all":
        return False
    return bool(options(node, now))


def reads_of(way: Way, picks: Iterator[int]) -> Iterator[Read]:
    """Yield the reads of a way, in order, once `picks` say what is taken of each choice met.

    Raises IndexError or StopIteration for picks that are not of this way.
    """
    match way:
        case Choice(ways):
            pick = next(picks)
            if pick < 0:
                raise IndexError(pick)
            yield from reads_of(ways[pick], picks)
        case Together(ways):
            for each in ways:
                yield from reads_of(each, picks)
        case _:
            yield way


def meets(read: Read, card: Card) -> bool:
    """Return whether a read would meet a card, once the postings say what the card says."""
    match read:
        case Owner(member):
            return card.userid.lower() == member
        case Everybody():
            return True
        case Through(channel_id):
            return card.channel_id == channel_id
        case Has():
            return any(each.pk == read.pk for each in postings(card))
        case InRange(field, low, high):
            pk = in_range(field)
            return any(each.pk == pk and low <= each.sk <= high for each in postings(card))


def contact_place(card: Card) -> str | None:
    """Return where the order of the last contact has a card, which is its posting; None without a feed."""
    at = card.last_contact_at
    if at is None:
        return None
    return f"{sortable(at.replace(minute=0, second=0, microsecond=0))}#{card.customer_id}#{card.card_id}"
