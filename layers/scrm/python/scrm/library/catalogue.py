"""The catalogue of a library: every group and item at one moment, and the questions it answers. Pure.

A catalogue is never changed: `with_changes` makes another one of it. Lists, searches and looks by id ask the
same `Seen`, so that they agree on what a viewer may see.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from scrm.library.model import ROOT, Group, Item, Kind, Uses
from scrm.library.visibility import Viewer, admits

NO_USES = Uses()


@dataclass(frozen=True)
class Catalogue:
    """All of one library. `parents` are those of the corp's departments, `uses` the counts by item id."""

    kind: Kind
    groups: Mapping[str, Group] = field(default_factory=dict)
    items: Mapping[str, Item] = field(default_factory=dict)
    uses: Mapping[str, Uses] = field(default_factory=dict)
    parents: Mapping[int, int] = field(default_factory=dict)

    def with_changes(self, groups: Iterable[Group], items: Iterable[Item]) -> "Catalogue":
        """Return the catalogue with what has changed; of each the higher version counts."""
        newer_groups = {
            each.group_id: each for each in groups if _newer(each, self.groups.get(each.group_id))
        }
        newer_items = {each.item_id: each for each in items if _newer(each, self.items.get(each.item_id))}
        if not newer_groups and not newer_items:
            return self
        return Catalogue(
            self.kind,
            {**self.groups, **newer_groups},
            {**self.items, **newer_items},
            self.uses,
            self.parents,
        )

    def path(self, group_id: str) -> list[Group]:
        """Return a group and all above it, from the group upwards; of a broken chain what there is."""
        found: list[Group] = []
        met: set[str] = set()
        while group_id != ROOT and group_id not in met:
            met.add(group_id)
            group = self.groups.get(group_id)
            if group is None or group.deleted:
                break
            found.append(group)
            group_id = group.parent_id
        return found

    def below(self, group_id: str) -> frozenset[str]:
        """Return a group's id and those of all groups below it."""
        found, waiting = {group_id}, [group_id]
        while waiting:
            for child in self.children.get(waiting.pop(), ()):
                if child.group_id not in found:
                    found.add(child.group_id)
                    waiting.append(child.group_id)
        return frozenset(found)

    @cached_property
    def children(self) -> Mapping[str, list[Group]]:
        """Return the groups that are not deleted, by their parent, in their order."""
        found: dict[str, list[Group]] = {}
        for group in self.groups.values():
            if not group.deleted:
                found.setdefault(group.parent_id, []).append(group)
        for siblings in found.values():
            siblings.sort(key=lambda each: (each.rank, each.group_id))
        return found

    @cached_property
    def in_order(self) -> tuple[Item, ...]:
        """Return the items that are not deleted, as the groups and the items in them stand."""
        places = {group.group_id: place for place, group in enumerate(self.tree)}
        kept = [each for each in self.items.values() if each.status != "deleted"]
        last = len(places)
        return tuple(
            sorted(kept, key=lambda each: (places.get(each.group_id, last), each.rank, each.item_id))
        )

    @cached_property
    def tree(self) -> tuple[Group, ...]:
        """Return the groups as a tree is read, each before those below it; none that hangs on no top."""
        return tuple(self._walk())

    def uses_of(self, item_id: str) -> Uses:
        """Return an item's counts, as of when the catalogue was made."""
        return self.uses.get(item_id, NO_USES)

    def _walk(self) -> Iterator[Group]:
        waiting = list(reversed(self.children.get(ROOT, [])))
        met: set[str] = set()
        while waiting:
            group = waiting.pop()
            if group.group_id in met:
                continue
            met.add(group.group_id)
            yield group
            waiting.extend(reversed(self.children.get(group.group_id, [])))


class Seen:
    """What one viewer may see of a catalogue: published items, and the groups that hold some of them."""

    def __init__(self, catalogue: Catalogue, viewer: Viewer) -> None:
        self.catalogue = catalogue
        self._viewer = viewer
        self._open: dict[str, bool] = {ROOT: True}

    def item(self, item_id: str) -> Item | None:
        """Return an item by its id, None where the viewer may not know of it."""
        item = self.catalogue.items.get(item_id)
        return item if item and self.admits(item) else None

    def items(self) -> list[Item]:
        """Return the items in the library's own order."""
        groups = {each.group_id for each in self.catalogue.tree}
        entered = {ROOT, *(each for each in groups if self._enters(each))}
        return [each for each in self.catalogue.in_order if each.group_id in entered and self.admits(each)]

    def groups(self) -> list[tuple[Group, int]]:
        """Return the groups that hold items for the viewer, and how many, those of groups below too.

        As a tree is read.
        """
        counts: Counter[str] = Counter()
        for group_id, count in Counter(each.group_id for each in self.items()).items():
            counts.update({each.group_id: count for each in self.catalogue.path(group_id)})
        return [(each, counts[each.group_id]) for each in self.catalogue.tree if each.group_id in counts]

    def admits(self, item: Item) -> bool:
        """Return whether the viewer may see an item."""
        return (
            item.is_live
            and self._enters(item.group_id)
            and (item.visibility is None or admits(item.visibility, self._viewer))
        )

    def _enters(self, group_id: str) -> bool:
        """Return whether the group and each above it admit the viewer; never where the top is not reached."""
        if group_id not in self._open:
            path = self.catalogue.path(group_id)
            whole = bool(path) and path[-1].parent_id == ROOT
            self._open[group_id] = whole and all(admits(each.visibility, self._viewer) for each in path)
        return self._open[group_id]


def _newer(now: Group | Item, known: Group | Item | None) -> bool:
    return known is None or now.version > known.version
