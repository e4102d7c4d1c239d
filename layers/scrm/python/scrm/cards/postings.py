"""Postings: under which keys a card is found by a value it has. Pure; scrm.cards.refreshing writes them.

HAS#<field>#<value>   SK <place of the card>             cards with a value, in the order of lists
RANGE#<field>         SK <sortable value>#<card's key>   cards, or customers, by a number or a time

A card's place is `<add time>#<customer_id>#<card id>`, so that every list of keys is in the order of the add
time and names the card. Postings only ever narrow down: whoever reads one asks the card itself. Channels need
none: the adds of a channel are rows already (`CHANNEL#<channel_id>` / `ADD#…`).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import floor
from typing import Any

from scrm.cards.model import Card
from scrm.moments import moment_of, rfc3339

EPOCH = datetime.fromtimestamp(0, UTC)
# Whatever stands for a number in a key is shifted by this, so that negative ones sort before positive ones.
_SHIFT = 10**18


@dataclass(frozen=True)
class Posting:
    """One key under which a card, or for the numbers of a customer all their cards, is found."""

    pk: str
    sk: str


def place(card: Card) -> str:
    """Return where lists in the order of the add time have the card."""
    return f"{rfc3339((card.sorted_at or EPOCH).astimezone(UTC))}#{card.customer_id}#{card.card_id}"


def has(field: str, value: str) -> str:
    """Return the collection of the cards that have `value` in `field`."""
    return f"HAS#{field}#{value}"


def in_range(field: str) -> str:
    """Return the collection of the cards or customers that have a number or a time in `field`."""
    return f"RANGE#{field}"


def sortable(value: float | datetime) -> str:
    """Return a number (to two decimals) or a time as text that sorts as they do."""
    if isinstance(value, datetime):
        return rfc3339(value.astimezone(UTC))
    return f"{round(value * 100) + _SHIFT:019d}"


# What each posted field has, by name as conditions call it. Values that nearly everybody has are left out: no
# one who asks for them is helped by a list of nearly everybody.
_VALUES: Mapping[str, Callable[[Card], tuple[str, ...]]] = {
    "tags": lambda card: card.tags,
    "relation_state": lambda card: (card.status,) if card.status not in {"active", "none"} else (),
    "unreplied": lambda card: ("true",) if card.unreplied else (),
}
_CUSTOMER_VALUES: Mapping[str, Callable[[Card], tuple[str, ...]]] = {
    "segments": lambda card: card.segments,
    "products": lambda card: card.products,
    "interests": lambda card: card.interests,
    "stage": lambda card: (card.stage,) if card.stage else (),
    "opted_out": lambda card: ("true",) if card.opted_out else (),
    "is_member": lambda card: ("true",) if card.is_member else (),
    "kind": lambda card: (card.kind,) if card.kind == "existing" else (),
}
_RANGES: Mapping[str, Callable[[Card], Any]] = {
    "deleted_at": lambda card: card.deleted_at,
    "last_contact_at": lambda card: _hour(card.last_contact_at),
    "customer_message_at": lambda card: _hour(card.customer_message_at),
    "staff_message_at": lambda card: _hour(card.staff_message_at),
    "followed_at": lambda card: _hour(card.followed_at),
}
_CUSTOMER_RANGES: Mapping[str, Callable[[Card], Any]] = {
    "order_count": lambda card: card.order_count or None,
    "order_amount": lambda card: card.order_amount or None,
    "first_order_at": lambda card: card.first_order_at,
    "last_order_at": lambda card: card.last_order_at,
    "stage_at": lambda card: card.stage_at,
    "inbound_at": lambda card: _hour(card.inbound_at),
    "last_session_at": lambda card: _hour(card.last_session_at),
    "energy": lambda card: floor(card.energy * 100) / 100 if card.energy is not None else None,
    "window_until": lambda card: card.window_until,
}
POSTED_WITHIN = timedelta(minutes=2)
"""A card's postings follow it within this time, or its customer is looked at once more after them."""

# For scrm.cards.boundaries alone: times that the card's place in the list does not tell.
ELSEWHERE = timedelta(minutes=10)
_ASIDE: Mapping[str, Callable[[Card], datetime | None]] = {
    "first_added_at_elsewhere": lambda card: (
        card.first_added_at if card.first_added_at != card.added_at else None
    ),
    "known_at_elsewhere": lambda card: card.created_at if _known_elsewhere(card) else None,
}
VALUED = frozenset(_VALUES) | frozenset(_CUSTOMER_VALUES)
"""Fields whose values have postings. A value that is not posted (kind prospect) is found by walking."""
RANGED = frozenset(_RANGES) | frozenset(_CUSTOMER_RANGES)
"""Fields whose numbers or times have postings; times of talk to the hour downwards, energy to a hundredth."""
OF_CUSTOMER = frozenset(_CUSTOMER_RANGES)
"""Ranged fields that name the customer rather than a card."""


def postings(card: Card) -> frozenset[Posting]:
    """Return every posting of a card. Those in `OF_CUSTOMER` are the same for all cards of a customer."""
    return frozenset(_of(card))


def _of(card: Card) -> Iterator[Posting]:
    for field, read in (*_VALUES.items(), *_CUSTOMER_VALUES.items()):
        for value in read(card):
            yield Posting(has(field, value), place(card))
    for name, score in card.scores.items():
        if isinstance(score, str):
            yield Posting(has(f"score.{name}", score), place(card))
        else:
            yield Posting(in_range(f"score.{name}"), f"{sortable(score)}#{card.customer_id}")
    for key, value in card.fields.items():
        yield from _of_custom(card, key, value)
    for field, read_number in _RANGES.items():
        if (known := read_number(card)) is not None:
            yield Posting(in_range(field), f"{sortable(known)}#{card.customer_id}#{card.card_id}")
    for field, read_number in (*_CUSTOMER_RANGES.items(), *_ASIDE.items()):
        if (known := read_number(card)) is not None:
            yield Posting(in_range(field), f"{sortable(known)}#{card.customer_id}")


def _of_custom(card: Card, key: str, value: Any) -> Iterator[Posting]:
    """Yield the postings of a custom field: texts and options by value, numbers and dates by size."""
    if isinstance(value, list | tuple):
        yield from (Posting(has(f"field.{key}", each), place(card)) for each in value)
    elif isinstance(value, bool):
        yield Posting(has(f"field.{key}", "true" if value else "false"), place(card))
    elif isinstance(value, str) and (at := moment_of(value)):
        yield Posting(in_range(f"field.{key}"), f"{sortable(at)}#{card.customer_id}")
    elif isinstance(value, str) and value:
        yield Posting(has(f"field.{key}", value[:200]), place(card))
    elif isinstance(value, int | float):
        yield Posting(in_range(f"field.{key}"), f"{sortable(value)}#{card.customer_id}")


def _known_elsewhere(card: Card) -> bool:
    placed, known = card.sorted_at, card.created_at
    return bool(placed and known and abs(placed - known) > ELSEWHERE)


def _hour(at: datetime | None) -> datetime | None:
    """Return the hour `at` is in: a posting moves once an hour and not with every message."""
    return at.replace(minute=0, second=0, microsecond=0) if at else None
