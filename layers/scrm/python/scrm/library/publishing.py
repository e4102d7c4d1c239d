"""Publishing an item: what it names is taken into the version, its files are kept (docs/decisions/0023)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from scrm.audit.dynamodb import Step
from scrm.http import problems
from scrm.http.problems import FieldError
from scrm.library import contents_dynamodb as many
from scrm.library import dynamodb as stored
from scrm.library import placing_dynamodb as placing
from scrm.library.checking import refuse_files
from scrm.library.kinds import contents, described, uses
from scrm.library.model import Item, Kind
from scrm.materials import files_dynamodb as files
from scrm.materials.files import File, item_key
from scrm.products.claiming import refuse_taken


class Sources:
    """What publishing reads of others, each once: items, published contents, files."""

    def __init__(self) -> None:
        self._items: dict[tuple[Kind, str], Item | None] = {}
        self._contents: dict[tuple[Kind, str], tuple[int, Mapping[str, Any]]] = {}
        self._files: dict[str, File | None] = {}

    def item(self, kind: Kind, item_id: str) -> Item | None:
        """Return an item as stored when it was first asked for. 1 RRU."""
        if (kind, item_id) not in self._items:
            self._items[kind, item_id] = stored.item(kind, item_id)
        return self._items[kind, item_id]

    def content(self, item: Item) -> Mapping[str, Any]:
        """Return what was published of an item last. Raises LookupError. 1 RRU for each 4 KB."""
        number, content = self._contents.get((item.kind, item.item_id), (0, {}))
        if number != item.number:
            content = stored.published(item.kind, item.item_id, item.number)
            self._contents[item.kind, item.item_id] = item.number, content
        return content

    def files(self, file_ids: Iterable[str]) -> Mapping[str, File]:
        """Return the files that there are: 0.5 RRU each, 100 a request."""
        wanted = list(dict.fromkeys(file_ids))
        missing = [each for each in wanted if each not in self._files]
        for start in range(0, len(missing), 100):
            found = files.files(missing[start : start + 100])
            self._files |= {each: found.get(each) for each in missing[start : start + 100]}
        return {each: file for each in wanted if (file := self._files[each])}

    def expect(self, items: Iterable[Item]) -> None:
        """Read what was published of many items, 100 a request."""
        numbers = {(each.kind, each.item_id): each.number for each in items}
        for key, content in many.published(numbers).items():
            self._contents[key] = numbers[key], content


@dataclass(frozen=True)
class Change:
    """An item as it is to be, with its own steps; what it is made of, its files before and after."""

    item: Item
    steps: tuple[Step, ...] = ()
    used: tuple[Item, ...] = ()
    before: frozenset[str] = frozenset()
    after: frozenset[str] = frozenset()

    def all_steps(self, now: datetime) -> list[Step]:
        """Return every step beside the item's row: what it is made of is checked, its files are told."""
        name = item_key(self.item.kind, self.item.item_id)
        return [
            *self.steps,
            *(placing.live_step(each) for each in self.used),
            *(files.use_step(each, name, now) for each in sorted(self.after)),
            *(files.release_step(each, name) for each in sorted(self.before - self.after)),
        ]


def published(item: Item, content: Any, by: str, now: datetime, sources: Sources | None = None) -> Change:
    """Return an item with `content` published.

    Raises 422 naming the file that is not ready, the part whose material or product is not published, or a
    product's code that another one has.
    """
    told, known = contents(item.kind), sources or Sources()
    ids = [file_id for _, file_id, _ in told.file_uses(content)]
    refuse_files(told, content, ready=True, known=known.files(ids))
    if item.kind == "product":
        refuse_taken(content.code, item.item_id)
    used = _used(item.kind, content, known)
    whole = content
    if used:
        from scrm.scripts.content import published as filled_in

        whole = filled_in(
            content, lambda kind, item_id: (used[kind, item_id].number, known.content(used[kind, item_id]))
        )
    plain = told.plain(whole)
    shown = described(item.kind, told.shown(whole), told.plain(content))
    number = item.number + 1
    return Change(
        replace(item, status="published", live=shown, draft=shown, number=number, published_at=now),
        (stored.version_step(item.kind, item.item_id, number, plain, by, now),),
        tuple(used.values()),
        _files_of_live(item, known),
        frozenset(told.files(plain)),
    )


def taken_out(item: Item, status: Any, sources: Sources | None = None) -> Change:
    """Return an item that nobody sees any more, archived or deleted; its files are let go."""
    return Change(replace(item, status=status), before=_files_of_live(item, sources or Sources()))


def restored(item: Item) -> Change:
    """Return an archived item as it is again.

    It is published as it was, or a draft where it never was or something it is made of is published no more.
    """
    known = Sources()
    used = [known.item(kind, item_id) for kind, item_id in uses(item)]
    live = [each for each in used if each is not None and each.is_live]
    if item.live is None or len(live) < len(used):
        return Change(replace(item, status="draft"))
    after = frozenset(contents(item.kind).files(known.content(item)))
    return Change(replace(item, status="published"), used=tuple(live), after=after)


def _files_of_live(item: Item, known: Sources) -> frozenset[str]:
    """Return the files that say an item uses them: those of what is published."""
    return frozenset(contents(item.kind).files(known.content(item))) if item.is_live else frozenset()


def _used(kind: Kind, content: Any, known: Sources) -> dict[tuple[str, str], Item]:
    """Return what a content is made of. Raises 422 naming each part whose item is not published."""
    found: dict[tuple[str, str], Item] = {}
    wrong = []
    for field, used_kind, item_id in contents(kind).used(content):
        item = known.item(used_kind, item_id)
        if item is None or not item.is_live:
            wrong.append(FieldError(field, _not_published(used_kind, item)))
        else:
            found[used_kind, item_id] = item
    if wrong:
        raise problems.invalid(*wrong)
    return found


def _not_published(kind: Kind, item: Item | None) -> str:
    name = contents(kind).name
    if item is None or item.status == "deleted":
        return f"没有这个{name}"
    return f"{name}「{item.draft.title}」未发布"
