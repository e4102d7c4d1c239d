"""The published content of an item as its parts, for a caller who may see it (spec CON-14)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scrm.http import problems
from scrm.http.caller import Caller
from scrm.library import dynamodb as library
from scrm.library.opening import NOTHING_OF_THE_NAME, open_for
from scrm.sends.model import Place, SendKind, SentKind
from scrm.sends.payloads import Piece


@dataclass(frozen=True)
class Subject:
    """What is to be sent: which item, its title, the groups above it from the top, and its parts.

    `values` are variables of its own, `task_id` the to-do that sending it does.
    """

    kind: SentKind
    item_id: str
    number: int
    title: str
    groups: tuple[Place, ...]
    pieces: list[Piece]
    values: Mapping[str, str] = field(default_factory=dict)
    task_id: str = ""

    @property
    def product(self) -> str:
        """Return the name of the first product in it, "" without one."""
        return next((each.content["name"] for each in self.pieces if each.kind == "product"), "")


def subject_of(kind: SendKind, item_id: str, caller: Caller, part: int | None = None) -> Subject:
    """Return an item that `caller` may see, or one part of it; raises 404, and 422 for a part it has not.

    A script holds what it names as that was when it was published. Two requests for the library, one for the
    content.
    """
    opened = open_for(kind, caller)
    item = opened.seen.item(item_id)
    if item is None:
        raise problems.not_found(NOTHING_OF_THE_NAME)
    content = library.published(kind, item.item_id, item.number)
    path = reversed(opened.catalogue.path(item.group_id))
    pieces = pieces_of(kind, content)
    if part is not None and part >= len(pieces):
        raise problems.invalid_field("part", f"只有 {len(pieces)} 段内容")
    chosen = pieces if part is None else pieces[part : part + 1]
    title, groups = (
        item.live.title if item.live else "",
        tuple(Place(each.group_id, each.name) for each in path),
    )
    return Subject(kind, item.item_id, item.number, title, groups, chosen)


def pieces_of(kind: SendKind, content: Mapping[str, Any]) -> list[Piece]:
    """Return the parts of a published content, in order."""
    if kind == "product":
        return [Piece("product", content)]
    if kind == "material":
        return [Piece(content["kind"], content)]
    return [_part(each, f"parts.{place}") for place, each in enumerate(content["parts"])]


def _part(part: Mapping[str, Any], place: str) -> Piece:
    named: Mapping[str, Any] = part.get("content") or part
    return Piece("product" if part["kind"] == "product" else named["kind"], named, place)
