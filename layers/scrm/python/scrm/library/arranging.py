"""In which order a viewer's items are listed, and where a page ends (spec CON-16, CON-18). Pure.

Each item has a place: texts that are compared one by one. A page ends at a place and not at an item, so that
what is put in, moved or taken away between two pages neither repeats nor hides what stayed where it was.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from scrm.library.catalogue import Catalogue, Seen
from scrm.library.model import Item
from scrm.library.personal import Personal
from scrm.library.searching import Match, matching

Place = list[str]
_DIGITS = 15
_BETWEEN = "/"


@dataclass(frozen=True)
class Asked:
    """What of a library is asked for; what is empty asks for everything.

    `group_id`: that group and those below. `summary`: what the kind's own content has to say.
    `stages`: the names of the stage for which items are recommended.
    """

    text: str = ""
    group_id: str = ""
    pinned: bool = False
    recent: bool = False
    stages: frozenset[str] = frozenset()
    summary: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Listed:
    """Items in their order, and the place of each."""

    items: Sequence[Item]
    place: Callable[[Item], Place]

    def page(self, limit: int, after: str | None) -> tuple[Sequence[Item], str | None]:
        """Return the items after a place, and the place where they end; None with the last."""
        start = 0
        if after is not None:
            start = bisect_right(self.items, after.split(_BETWEEN), key=self.place)
        shown = self.items[start : start + limit]
        more = start + limit < len(self.items)
        return shown, _BETWEEN.join(self.place(shown[-1])) if more else None


def listed(seen: Seen, personal: Personal, asked: Asked) -> Listed:
    """Return what a viewer is shown of what they ask for.

    Found by text: those sent most first, then those that fit best. Sent lately: the latest first. Else those
    recommended for the stage first, among them those pinned in their order, then as the library stands.
    """
    items = _narrowed(seen.items(), asked, seen.catalogue, personal)
    if asked.text:
        return _found(items, asked, seen.catalogue)
    if asked.recent:
        return _in_order(items, lambda item: (personal.recent.index(item.item_id),), seen.catalogue)
    pins = {item_id: number for number, item_id in enumerate(personal.pinned)}
    last = len(pins)

    def standing(item: Item) -> tuple[int, ...]:
        return int(not is_recommended(item, asked.stages)), pins.get(item.item_id, last)

    return _in_order(items, standing, seen.catalogue, sort=bool(pins or asked.stages))


def is_recommended(item: Item, stages: frozenset[str]) -> bool:
    """Return whether an item is published for one of the stages."""
    return item.live is not None and not stages.isdisjoint(item.live.stages)


def _narrowed(items: list[Item], asked: Asked, catalogue: Catalogue, personal: Personal) -> list[Item]:
    if asked.group_id:
        groups = catalogue.below(asked.group_id)
        items = [each for each in items if each.group_id in groups]
    for wanted, ids in ((asked.pinned, personal.pinned), (asked.recent, personal.recent)):
        if wanted:
            items = [each for each in items if each.item_id in ids]
    for name, value in asked.summary:
        items = [each for each in items if each.live and each.live.summary.get(name) == value]
    return items


def _found(items: Iterable[Item], asked: Asked, catalogue: Catalogue) -> Listed:
    fits = matching(items, asked.text)

    def rank(item: Item) -> tuple[int, Match]:
        return 10**9 - catalogue.uses_of(item.item_id).sends, fits[item.item_id][1]

    return _in_order([item for item, _ in fits.values()], rank, catalogue)


def _in_order(
    items: list[Item], first: Callable[[Item], tuple[int, ...]], catalogue: Catalogue, *, sort: bool = True
) -> Listed:
    """Return the items by `first`, those of the same as the library stands, as `items` are given."""
    groups: dict[str, Place] = {}

    def place(item: Item) -> Place:
        if item.group_id not in groups:
            groups[item.group_id] = _way(item.group_id, catalogue)
        numbers = [f"{number:0{_DIGITS}d}" for number in first(item)]
        return [*numbers, *groups[item.group_id], item.rank, item.item_id]

    return Listed(sorted(items, key=first) if sort else items, place)


def _way(group_id: str, catalogue: Catalogue) -> Place:
    """Return the way down to a group's own items, which come before those of the groups in it.

    Items in no group come after all others.
    """
    path = catalogue.path(group_id)[::-1]
    if not path:
        return ["2"]
    return [part for group in path for part in ("1", group.rank, group.group_id)] + ["0"]
