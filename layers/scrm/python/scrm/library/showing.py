"""Items and groups as the console shows them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from scrm.library import dynamodb as stored
from scrm.library import opening
from scrm.library.catalogue import Catalogue
from scrm.library.console_models import (
    LibraryGroupOut,
    LibraryItemDetail,
    LibraryItemOut,
    UsesOut,
    VersionDetail,
    VersionOut,
    VisibilityOut,
)
from scrm.library.kinds import uses
from scrm.library.model import Group, Item, Kind, Uses
from scrm.library.visibility import Visibility
from scrm.sends.uses_dynamodb import uses_of

LATEST_VERSIONS = 10
Numbers = Mapping[tuple[Kind, str], int]


def listed(items: Sequence[Item], whole: Catalogue) -> list[LibraryItemOut]:
    """Return items as lists show them; of scripts made of others, those libraries are opened too."""
    numbers = _numbers({kind for item in items for kind, _ in uses(item)})
    return [
        LibraryItemOut.model_validate(_shown(each, whole.uses_of(each.item_id), numbers)) for each in items
    ]


def detail(item: Item) -> LibraryItemDetail:
    """Return one item with its content and its latest versions."""
    kind, item_id = item.kind, item.item_id
    versions = list(stored.versions(kind, item_id, limit=LATEST_VERSIONS))
    published = next((each[3] for each in versions if each[0] == item.number), None)
    numbers = _numbers({used for used, _ in uses(item)})
    return LibraryItemDetail.model_validate(
        {
            **_shown(item, uses_of(kind, item_id), numbers),
            "content": stored.draft(kind, item_id),
            "published": published if item.live else None,
            "versions": [version(kind, each) for each in versions],
        }
    )


def version(kind: Kind, row: tuple[int, Any, str, dict[str, Any]]) -> VersionOut:
    """Return a published version as lists show it."""
    return VersionOut.model_validate(version_detail(kind, row).model_dump())


def version_detail(kind: Kind, row: tuple[int, Any, str, dict[str, Any]]) -> VersionDetail:
    """Return a published version with its content."""
    number, at, by, content = row
    title = str(content.get("title") if kind in {"script", "article"} else content.get("name"))
    return VersionDetail(number=number, title=title, published_by=by, published_at=at, content=content)


def items_by_group(whole: Catalogue) -> Mapping[str, int]:
    """Return how many items are in each group itself."""
    return Counter(each.group_id for each in whole.in_order)


def group(one: Group, whole: Catalogue, items: Mapping[str, int]) -> LibraryGroupOut:
    """Return a group as it stands in the tree."""
    path = [each.name for each in reversed(whole.path(one.group_id))]
    return LibraryGroupOut(
        **{name: getattr(one, name) for name in ("group_id", "name", "parent_id", "version", "updated_at")},
        path=path,
        depth=len(path),
        items=items.get(one.group_id, 0),
        visibility=visibility(one.visibility),
    )


def visibility(scope: Visibility | None) -> VisibilityOut | None:
    """Return a scope as it is shown."""
    if scope is None:
        return None
    return VisibilityOut(
        roles=sorted(scope.roles), departments=sorted(scope.departments), people=sorted(scope.people)
    )


def _shown(item: Item, counts: Uses, numbers: Numbers) -> dict[str, Any]:
    shown = item.draft
    taken = uses(item)
    return {
        **vars(item),
        "kind": shown.summary.get("kind") if item.kind == "material" else None,
        "title": shown.title,
        "changed": item.is_changed,
        "outdated": any(numbers.get(used, number) != number for used, number in taken.items()),
        "stages": shown.stages,
        "keywords": shown.keywords,
        "summary": shown.summary,
        "visibility": visibility(item.visibility),
        "uses": UsesOut.model_validate(counts),
    }


def _numbers(kinds: set[Kind]) -> dict[tuple[Kind, str], int]:
    """Return the number at which each item of some libraries is published now."""
    return {
        (kind, item.item_id): item.number
        for kind in sorted(kinds)
        for item in opening.open_whole(kind).in_order
        if item.is_live
    }
