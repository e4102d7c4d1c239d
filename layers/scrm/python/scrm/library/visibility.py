"""Who may see an item of a library (spec CON-14). Pure.

A scope admits whoever has one of its roles, belongs to one of its departments or to one below, or is one
of its people. An item is seen by whom every group above it and the item itself admits; without a scope of its
own an item, or a group, has that of the group above. At the top everybody is admitted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Visibility:
    """A scope 可见范围: what of it fits is enough. One that names nothing admits nobody."""

    roles: frozenset[str] = frozenset()
    departments: frozenset[int] = frozenset()
    people: frozenset[str] = frozenset()
    """Userids in lower case."""


@dataclass(frozen=True)
class Viewer:
    """Somebody who looks: `departments` are theirs and all above (`within`)."""

    userid: str
    role: str
    departments: frozenset[int] = frozenset()


def admits(scope: Visibility | None, viewer: Viewer) -> bool:
    """Return whether a scope admits a viewer; None admits everybody."""
    return scope is None or (
        viewer.role in scope.roles
        or viewer.userid.lower() in scope.people
        or not scope.departments.isdisjoint(viewer.departments)
    )


def within(departments: Iterable[int], parents: Mapping[int, int]) -> frozenset[int]:
    """Return the departments and all above them; `parents` tells the one above, and may be circular."""
    found: set[int] = set()
    for each in departments:
        here: int | None = each
        while here and here not in found:
            found.add(here)
            here = parents.get(here)
    return frozenset(found)
