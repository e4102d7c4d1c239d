"""Batches of a plan (spec 5.2 step 7): at most 100 for each handover, takeover and notice. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from scrm.inheritance.model import Item

MOST = 100


@dataclass(frozen=True)
class Batch:
    """What one call hands over; its number names it in its plan for good."""

    number: int
    handover: str
    takeover: str
    notice: str
    items: tuple[Item, ...]


def batches(items: Sequence[tuple[Item, str]], first: int = 1) -> list[Batch]:
    """Return the batches of items with the notice each is told by, in the order of the items."""
    groups: dict[tuple[str, str, str], list[Item]] = {}
    for item, notice in items:
        groups.setdefault((item.handover, item.takeover, notice), []).append(item)
    parts = [
        (key, group[start : start + MOST])
        for key, group in groups.items()
        for start in range(0, len(group), MOST)
    ]
    return [
        Batch(number, handover, takeover, notice, tuple(part))
        for number, ((handover, takeover, notice), part) in enumerate(parts, first)
    ]
