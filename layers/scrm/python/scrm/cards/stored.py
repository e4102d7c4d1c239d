"""A card as JSON text: what has its default is left out, times are RFC 3339. Pure."""

import json
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from typing import Any

from scrm.cards.model import Card
from scrm.moments import rfc3339

_DEFAULTS = {
    each.name: each.default if each.default is not MISSING else {}
    for each in fields(Card)
    if each.name != "customer_id"
}
_TIMES = frozenset(each.name for each in fields(Card) if each.type == datetime | None)
_LISTS = frozenset(each.name for each in fields(Card) if each.type == tuple[str, ...])


def text_of(card: Card) -> str:
    """Return a card as stored; equal cards are equal texts."""
    values = {
        name: _plain(value)
        for name, default in _DEFAULTS.items()
        if (value := getattr(card, name)) != default
    }
    return json.dumps({"customer_id": card.customer_id, **values}, ensure_ascii=False, separators=(",", ":"))


def card_of(text: str) -> Card:
    """Return the card stored as `text`; what it does not say has its default."""
    values: dict[str, Any] = json.loads(text)
    for name in values.keys() & _TIMES:
        values[name] = datetime.fromisoformat(values[name])
    for name in values.keys() & _LISTS:
        values[name] = tuple(values[name])
    known = {name: value for name, value in values.items() if name in _DEFAULTS}
    return Card(values["customer_id"], **known)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return rfc3339(value.astimezone(UTC))
    if isinstance(value, dict):
        return dict(sorted(value.items()))
    return value
