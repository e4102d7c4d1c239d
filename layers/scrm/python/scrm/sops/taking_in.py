"""What the steps of a published version send holds what it names: materials, products (decision 0023)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from scrm.audit.dynamodb import Step
from scrm.http import problems
from scrm.http.problems import FieldError, Problem
from scrm.library import placing_dynamodb as placing
from scrm.library.checking import refuse_files
from scrm.library.kinds import contents
from scrm.library.model import Item
from scrm.library.publishing import Sources
from scrm.materials import files_dynamodb as files
from scrm.materials.files import item_key
from scrm.scripts.content import USED, read_published
from scrm.scripts.content import files as files_of

Parts = Sequence[Mapping[str, Any]]
MOST_NAMED = 80
"""So many materials, products and files at most: they are checked in one transaction of 100 actions."""


@dataclass
class Taken:
    """Parts with what they name in them, by step key; which items and files those are."""

    parts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    items: dict[tuple[str, str], Item] = field(default_factory=dict)
    files: dict[str, None] = field(default_factory=dict)

    def steps(self, sop_id: str, now: datetime) -> list[Step]:
        """Return the steps that are refused unless all of it is still published, and keep the files warm."""
        name = item_key("sop", sop_id)
        return [
            *(placing.live_step(each) for each in self.items.values()),
            *(files.use_step(each, name, now) for each in self.files),
        ]


def taken_in(steps: Iterable[tuple[str, str, Parts]]) -> Taken:
    """Return the parts of steps, each (place in the request, key, parts), with what they name in them.

    Raises 422 naming each part whose material or product is not published, or whose file is not ready. 1 RRU
    for each item, and for each 4 KB of what was published of it.
    """
    known, taken = Sources(), Taken()
    wrong: list[FieldError] = []
    for at, key, parts in steps:
        taken.parts[key] = [
            _with_content(part, f"{at}parts.{place}", known, taken, wrong) for place, part in enumerate(parts)
        ]
        if not wrong:
            wrong += _wrong_files(at, taken.parts[key], known, taken)
    if wrong:
        raise problems.invalid(*wrong)
    if len(taken.items) + len(taken.files) > MOST_NAMED:
        raise problems.conflict("too_many_items", f"一个版本最多用到 {MOST_NAMED} 个素材、商品和文件")
    return taken


def _with_content(
    part: Mapping[str, Any], at: str, known: Sources, taken: Taken, wrong: list[FieldError]
) -> dict[str, Any]:
    kind = part["kind"]
    if kind not in USED:
        return dict(part)
    item = known.item(kind, part[USED[kind]])
    if item is None or not item.is_live:
        name = contents(kind).name
        there = item is not None and item.status != "deleted"
        said = f"{name}「{item.draft.title}」未发布" if there and item else f"没有这个{name}"
        wrong.append(FieldError(f"{at}.{USED[kind]}", said))
        return dict(part)
    taken.items[kind, item.item_id] = item
    return {**part, "number": item.number, "content": dict(known.content(item))}


def _wrong_files(at: str, parts: list[dict[str, Any]], known: Sources, taken: Taken) -> Iterable[FieldError]:
    script = read_published({"title": "SOP", "parts": parts})
    taken.files |= dict.fromkeys(files_of(script))
    told = contents("script")
    try:
        refuse_files(
            told, script, ready=True, known=known.files(each for _, each, _ in told.file_uses(script))
        )
    except Problem as problem:
        return [FieldError(at + each.field, each.message) for each in problem.errors]
    return ()
