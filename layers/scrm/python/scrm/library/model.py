"""What the four libraries have in common: items and groups (spec 1.3, CON). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Literal, get_args

from scrm.library.visibility import Visibility
from scrm.library.wording import folded

Kind = Literal["script", "material", "product", "article"]
KINDS: tuple[Kind, ...] = get_args(Kind)

Status = Literal["draft", "published", "archived", "deleted"]
"""draft: never published, or taken back. archived: was published, seen by administrators only.

A deleted item is in no list and has no address; its versions stay for the sends that name them.
"""

ROOT = ""
"""The group id of what is in no group."""
DEEPEST = 10
MOST_GROUPS = 2_000
MOST_ITEMS = 20_000


@dataclass(frozen=True)
class Shown:
    """What lists and searches know of one state of an item's content.

    `initials` are those of the title (scrm.library.pinyin), `words` the text that a search looks through
    besides the title, `stages` those for which the item is recommended, `summary` what a list shows of the
    kind's own content (e.g. the type of a material, the price of a product); small, plain values. `digest` is
    that of the content as it is written, where its writer tells it.
    """

    title: str
    initials: str = ""
    words: str = ""
    stages: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    summary: Mapping[str, Any] = field(default_factory=dict)
    digest: str = ""

    @cached_property
    def texts(self) -> tuple[str, str, str]:
        """Return title, keywords and words as a search compares them; made when it is first searched."""
        return folded(self.title), folded("\n".join(self.keywords)), folded(self.words)


@dataclass(frozen=True)
class Item:
    """One item: `draft` as it is worked on, `live` as it was last published (number `number`, 0: never).

    Group, rank and visibility are the item's own and hold at once, whatever is published. `version` grows
    with every change.
    """

    kind: Kind
    item_id: str
    group_id: str
    rank: str
    status: Status
    draft: Shown
    live: Shown | None = None
    number: int = 0
    visibility: Visibility | None = None
    version: int = 0
    created_by: str = ""
    created_at: datetime | None = None
    updated_by: str = ""
    updated_at: datetime | None = None
    published_at: datetime | None = None

    @property
    def is_live(self) -> bool:
        """Return whether the sidebar may show it."""
        return self.status == "published" and self.live is not None

    @property
    def is_changed(self) -> bool:
        """Return whether the draft is newer than what is published."""
        return self.live is not None and (self.live.digest or self.live) != (self.draft.digest or self.draft)


@dataclass(frozen=True)
class Group:
    """One group of items; `parent_id` ROOT: at the top."""

    kind: Kind
    group_id: str
    name: str
    parent_id: str = ROOT
    rank: str = ""
    visibility: Visibility | None = None
    version: int = 0
    deleted: bool = False
    updated_at: datetime | None = None


@dataclass(frozen=True)
class Uses:
    """How often an item was used so far; `fen` is what was paid through it, refunds taken off."""

    sends: int = 0
    opens: int = 0
    forwards: int = 0
    orders: int = 0
    fen: int = 0
