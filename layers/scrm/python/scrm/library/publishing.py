"""Publishing an item: what it names is taken into the version, its files are kept (docs/decisions/0023)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from scrm.audit.dynamodb import Step
from scrm.http import problems
from scrm.http.problems import FieldError
from scrm.library import dynamodb as stored
from scrm.library import placing_dynamodb as placing
from scrm.library.checking import refuse_files
from scrm.library.kinds import contents, described, uses
from scrm.library.model import Item, Kind
from scrm.materials import files_dynamodb as files
from scrm.materials.files import item_key
from scrm.products.claiming import refuse_taken


@dataclass(frozen=True)
class Used:
    """An item that another one is made of, as it is published now."""

    item: Item
    content: Mapping[str, Any]


def published(item: Item, content: Any, by: str, now: datetime) -> tuple[Item, list[Step]]:
    """Return an item as it is once `content` is published, and the steps beside its own row.

    Raises 422 naming the file that is not ready, the part whose material or product is not published, or a
    product's code that another one has.
    """
    told = contents(item.kind)
    refuse_files(told, content, ready=True)
    if item.kind == "product":
        refuse_taken(content.code, item.item_id)
    used = _used(item.kind, content)
    whole = content
    if used:
        from scrm.scripts.content import published as filled_in

        whole = filled_in(
            content, lambda kind, item_id: (used[kind, item_id].item.number, used[kind, item_id].content)
        )
    plain = told.plain(whole)
    shown = described(item.kind, told.shown(whole), told.plain(content))
    number = item.number + 1
    steps = [
        stored.version_step(item.kind, item.item_id, number, plain, by, now),
        *(placing.live_step(each.item) for each in used.values()),
        *file_steps(item, files_of_live(item), set(told.files(plain)), now),
    ]
    return (
        replace(item, status="published", live=shown, draft=shown, number=number, published_at=now),
        steps,
    )


def files_of_live(item: Item) -> set[str]:
    """Return the files that say an item uses them: those of what is published. 1 RRU for each 4 KB."""
    if not item.is_live:
        return set()
    return version_files(item)


def version_files(item: Item) -> set[str]:
    """Return the files of the version that was published last."""
    if not item.number:
        return set()
    return set(contents(item.kind).files(stored.published(item.kind, item.item_id, item.number)))


def restored(item: Item, now: datetime) -> tuple[Item, list[Step]]:
    """Return an archived item as it is again, and the steps beside its own row.

    It is published as it was, or a draft where it never was or something it is made of is published no more.
    """
    used = [stored.item(kind, item_id) for kind, item_id in uses(item)]
    live = [each for each in used if each is not None and each.is_live]
    if item.live is None or len(live) < len(used):
        return replace(item, status="draft"), []
    steps = [placing.live_step(each) for each in live]
    return replace(item, status="published"), [*steps, *file_steps(item, set(), version_files(item), now)]


def file_steps(item: Item, before: set[str], after: set[str], now: datetime) -> list[Step]:
    """Return the steps by which an item says which files it uses from now on."""
    name = item_key(item.kind, item.item_id)
    return [
        *(files.use_step(each, name, now) for each in sorted(after)),
        *(files.release_step(each, name) for each in sorted(before - after)),
    ]


def _used(kind: Kind, content: Any) -> dict[tuple[str, str], Used]:
    """Return what a content is made of. Raises 422 naming each part whose item is not published."""
    found: dict[tuple[str, str], Used] = {}
    wrong = []
    for field, used_kind, item_id in contents(kind).used(content):
        item = (
            found[used_kind, item_id].item
            if (used_kind, item_id) in found
            else stored.item(used_kind, item_id)
        )
        if item is None or not item.is_live:
            wrong.append(FieldError(field, _not_published(used_kind, item)))
        elif (used_kind, item_id) not in found:
            found[used_kind, item_id] = Used(item, stored.published(used_kind, item_id, item.number))
    if wrong:
        raise problems.invalid(*wrong)
    return found


def _not_published(kind: Kind, item: Item | None) -> str:
    name = contents(kind).name
    if item is None or item.status == "deleted":
        return f"没有这个{name}"
    return f"{name}「{item.draft.title}」未发布"
