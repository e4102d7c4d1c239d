"""Which segments a customer is in: asked of all their cards, whenever one of them changes. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from scrm.cards.model import Card
from scrm.conditions.tree import Node, of_plain, selects
from scrm.segments.model import Segment, in_order


@dataclass(frozen=True)
class Rules:
    """The active segments as they are asked: the computed ones, each after those it asks about, and the held.

    `version` is that of the definitions they were made of.
    """

    computed: tuple[tuple[str, Node], ...] = ()
    held: frozenset[str] = frozenset()
    version: int = 0


def rules_of(segments: Iterable[Segment], custom: Mapping[str, str], version: int = 0) -> Rules:
    """Return how the active ones of `segments` are asked; `custom` maps custom fields to their types."""
    known = tuple(segments)
    computed = in_order(each for each in known if each.evaluated)
    return Rules(
        tuple((each.segment_id, of_plain(each.condition or {"any": []}, custom)) for each in computed),
        frozenset(each.segment_id for each in known if each.held),
        version,
    )


def segments_of(
    rules: Rules, cards: Collection[Card], put_in: Iterable[str], now: datetime
) -> tuple[str, ...]:
    """Return the segments a customer is in at `now`, sorted.

    `cards` are all of theirs; what those say of segments is passed over. `put_in` names the static and
    external segments they were put in.
    """
    found = rules.held & frozenset(put_in)
    for segment_id, condition in rules.computed:
        segments = tuple(sorted(found))
        if any(selects(condition, replace(card, segments=segments), now) for card in cards):
            found |= {segment_id}
    return tuple(sorted(found))
