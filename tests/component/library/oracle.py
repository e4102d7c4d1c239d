"""Who sees what of a library, in which order: written from the specification's words (CON-06, 07, 14, 16).

It shares nothing with the product: plain dicts in, ids out. Slow and plain on purpose.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Thing = dict[str, Any]


@dataclass
class Known:
    """A library and its corp. A scope is None, or {"roles", "departments", "people"}; a top parent is ""."""

    groups: dict[str, Thing] = field(default_factory=dict)
    items: dict[str, Thing] = field(default_factory=dict)
    parents: dict[int, int] = field(default_factory=dict)


class Oracle:
    """The answers to one viewer: {"userid", "role", "departments"}."""

    def __init__(self, known: Known, viewer: Thing) -> None:
        self.known = known
        self.viewer = viewer

    def sees(self, item_id: str) -> bool:
        """Whether an item exists for the viewer."""
        item = self.known.items.get(item_id)
        if item is None or item["status"] != "published":
            return False
        scopes = [item["scope"]]
        here, steps = item["group"], 0
        while here != "":
            group = self.known.groups.get(here)
            if group is None or group["deleted"] or steps > len(self.known.groups):
                return False
            scopes.append(group["scope"])
            here, steps = group["parent"], steps + 1
        return self.all_admit(scopes)

    def all_admit(self, scopes: list[Thing | None]) -> bool:
        """Whether the item's own scope, first, and those of the groups above admit the viewer."""
        return all(self.admitted(scope) for scope in scopes)

    def admitted(self, scope: Thing | None) -> bool:
        """Whether one scope admits the viewer."""
        if scope is None or self.viewer["role"] in scope["roles"]:
            return True
        if any(self.viewer["userid"].lower() == each.lower() for each in scope["people"]):
            return True
        return any(
            self.belongs(own, there) for own in self.viewer["departments"] for there in scope["departments"]
        )

    def belongs(self, own: int, there: int) -> bool:
        """Whether department `own` is `there`, or below it."""
        for _ in range(len(self.known.parents) + 1):
            if own == there:
                return True
            own = self.known.parents.get(own, 0)
        return False

    def listed(self) -> list[str]:
        """The ids in the library's order: group by group as a tree is read, then what is in no group."""
        found = [item_id for group_id in self.tree("") for item_id in self._of_group(group_id)]
        return [each for each in [*found, *self._of_group("")] if self.sees(each)]

    def tree(self, parent: str, above: tuple[str, ...] = ()) -> Iterator[str]:
        """Every group below one, each before its own; one that goes round is not gone round twice."""
        below = [
            (group["rank"], group_id)
            for group_id, group in self.known.groups.items()
            if group["parent"] == parent and not group["deleted"]
        ]
        for _, group_id in sorted(below):
            if group_id not in above:
                yield group_id
                yield from self.tree(group_id, (*above, group_id))

    def _of_group(self, group_id: str) -> list[str]:
        items = self.known.items.items()
        return [each for _, each in sorted((i["rank"], n) for n, i in items if i["group"] == group_id)]

    def of_group(self, group_id: str) -> list[str]:
        """The ids in one group and those below it, in their order."""
        there = {group_id, *self.tree(group_id)}
        return [each for each in self.listed() if self.known.items[each]["group"] in there]

    def found(self, word: str) -> list[str]:
        """The ids of what has a word in its title, those sent most first."""
        fits = [each for each in self.listed() if word.lower() in self.known.items[each]["title"].lower()]
        return sorted(fits, key=lambda each: -self.known.items[each].get("sends", 0))

    def groups(self) -> list[tuple[str, int]]:
        """The groups that hold something for the viewer, and how much, as a tree is read."""
        counts = [(each, len(self.of_group(each))) for each in self.tree("")]
        return [(group_id, count) for group_id, count in counts if count]


class NearestScopeOnly(Oracle):
    """A wrong twin: a scope replaces those above it instead of narrowing them."""

    def all_admit(self, scopes: list[Thing | None]) -> bool:
        return self.admitted(next((each for each in scopes if each is not None), None))


class WithoutDepartmentsBelow(Oracle):
    """A wrong twin: a department's scope does not reach those below it."""

    def belongs(self, own: int, there: int) -> bool:
        return own == there


class WithoutPeople(Oracle):
    """A wrong twin: userids are compared by their case."""

    def admitted(self, scope: Thing | None) -> bool:
        if scope is None:
            return True
        return super().admitted(
            {**scope, "people": [each for each in scope["people"] if each == self.viewer["userid"]]}
        )


class ArchivedToo(Oracle):
    """A wrong twin: what was published once is shown for ever."""

    def sees(self, item_id: str) -> bool:
        item = self.known.items.get(item_id)
        if item is not None and item["status"] == "archived":
            known = Known(self.known.groups, {item_id: {**item, "status": "published"}}, self.known.parents)
            return Oracle(known, self.viewer).sees(item_id)
        return super().sees(item_id)


class EmptyGroupsToo(Oracle):
    """A wrong twin: groups without anything for the viewer are shown."""

    def groups(self) -> list[tuple[str, int]]:
        return [(each, len(self.of_group(each))) for each in self.tree("")]


class NewestFirst(Oracle):
    """A wrong twin: the order is not the one made by hand."""

    def listed(self) -> list[str]:
        return sorted(super().listed(), reverse=True)


TWINS = (NearestScopeOnly, WithoutDepartmentsBelow, WithoutPeople, ArchivedToo, EmptyGroupsToo, NewestFirst)
