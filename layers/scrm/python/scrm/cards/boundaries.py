"""Which answers the mere passing of time changes, and where those concerned are found. Pure (0010).

A question about the last days compares a stored time with a boundary that moves. Whom it passes is found in
the order of that time: in `RANGE#<field>`, or in the order of lists. A tick looks up what lies between the
boundary as of the last tick and as of now.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import floor
from typing import Any

from scrm.cards.postings import ELSEWHERE, RANGED, in_range, sortable
from scrm.conditions.tree import Leaf, Node, boundary, leaves
from scrm.facts.model import level_of
from scrm.moments import rfc3339

PLACES = "PLACES"
"""Stands for everybody's cards in the order of lists, where a field's range would."""

_TO_THE_HOUR = frozenset(
    {
        "last_contact_at",
        "customer_message_at",
        "staff_message_at",
        "followed_at",
        "inbound_at",
        "last_session_at",
    }
)
_BRAND_LEVELS = (1.0, 5.0, 15.0)
_SECOND = timedelta(seconds=1)
_MOVING = frozenset({"within_days", "older_than_days", "since_midnight"})

Bound = Callable[[datetime], str]


@dataclass(frozen=True)
class Term:
    """One boundary. `name` says it for good, e.g. `last_order_at.after.31 RANGE#last_order_at`.

    `collection` holds the keys it moves over, PLACES being those of lists; `bound` returns the text below
    which all keys have been passed at a time.
    """

    name: str
    collection: str
    bound: Bound


def terms_of(conditions: Iterable[Node]) -> dict[str, Term]:
    """Return the boundaries that these conditions ask about, by name, and the one that cards always have."""
    found = {each.name: each for condition in conditions for leaf in leaves(condition) for each in _of(leaf)}
    ends = Term("window_until", in_range("window_until"), lambda now: _exact(now))
    return {ends.name: ends, **found}


def _of(leaf: Leaf) -> Iterator[Term]:
    if leaf.field.kind == "time" and leaf.op in _MOVING:
        op, days = leaf.op, int(leaf.value)
        yield from _times(leaf.field.name, f"{op}.{days}", lambda now: boundary(op, days, now))
    for name, after in leaf.field.moves:
        yield from _times(name, f"after.{after.days}", _ago(after))
    if leaf.field.name == "interaction_index":
        yield from (_energy(each) for each in _numbers(leaf.value) if each > 0)
    if leaf.field.name == "brand_group":
        yield from map(_energy, _BRAND_LEVELS)


def _ago(after: timedelta) -> Callable[[datetime], datetime]:
    return lambda now: now - after


def _times(field: str, what: str, at: Callable[[datetime], datetime]) -> Iterator[Term]:
    """Yield where those are found whose `field` the moment `at` passes."""
    for collection, bound in _collections(field):
        yield Term(f"{field}.{what} {collection}", collection, _bounded(bound, at))


def _bounded(bound: Callable[[datetime], str], at: Callable[[datetime], datetime]) -> Bound:
    return lambda now: bound(at(now))


def _collections(field: str) -> Iterator[tuple[str, Callable[[datetime], str]]]:
    if field == "quiet_since":
        # The last inbound act, else the first add.
        yield from _collections("inbound_at")
        yield from _collections("first_added_at")
    elif field == "added_at":
        yield PLACES, _exact
    elif field == "first_added_at":
        yield PLACES, _exact
        yield in_range("first_added_at_elsewhere"), _exact
    elif field == "known_at":
        # Most became known about when they were added; ten minutes later all of those have been passed.
        yield PLACES, lambda at: _exact(at - ELSEWHERE)
        yield in_range("known_at_elsewhere"), _exact
    elif field in _TO_THE_HOUR:
        yield in_range(field), _hour
    elif field in RANGED or field.startswith("field."):
        yield in_range(field), _exact


def _energy(index: float) -> Term:
    """Return the boundary of an interaction index: below it are those who have fallen under `index`."""
    return Term(
        f"energy.{index:g}",
        in_range("energy"),
        lambda now: sortable(floor(level_of(index, now) * 100) / 100),
    )


def _exact(at: datetime) -> str:
    """Return what is above all keys of the second `at` and before."""
    return rfc3339(at.astimezone(UTC).replace(microsecond=0) + _SECOND)


def _hour(at: datetime) -> str:
    """Return what is above all keys of hours that are over at `at`: keys say the hour alone."""
    return rfc3339(at.astimezone(UTC).replace(minute=0, second=0, microsecond=0))


def _numbers(value: Any) -> tuple[float, ...]:
    values = value if isinstance(value, list | tuple) else (value,)
    return tuple(each for each in values if isinstance(each, int | float) and not isinstance(each, bool))


def months_between(low: str, high: str, known: Iterable[str]) -> list[str]:
    """Return which of the known months (YYYY-MM) places between two texts are in, oldest first."""
    return sorted(each for each in known if low[:7] <= each <= high[:7])


def customer_of(key: str) -> str:
    """Return the customer whom a key names: `<value>#<customer_id>[#…]`."""
    return key.split("#")[1]
