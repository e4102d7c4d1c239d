"""The classes of a library's rows (docs/data-model.md)."""

import json
from datetime import UTC, datetime
from typing import Any

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)

from scrm.library.model import Group, Item, Kind, Shown
from scrm.library.personal import Personal
from scrm.library.storing import plain_shown, plain_visibility, shown_of, visibility_of
from scrm.table import DueRow, Row, rfc3339

HEAD = "HEAD"
GROUP = "GROUP#"
ITEM = "ITEM#"
DRAFT = "DRAFT"


def library_pk(kind: Kind) -> str:
    """Return the item collection of a library."""
    return f"LIBRARY#{kind}"


def due_pk(kind: Kind) -> str:
    """Return where a library's marked rows are found."""
    return f"DUE#library#{kind}"


def content_pk(kind: Kind, item_id: str) -> str:
    """Return the item collection of an item's contents."""
    return f"{ITEM}{kind}#{item_id}"


def version_sk(number: int) -> str:
    """Return the place of a published content."""
    return f"VERSION#{number:06d}"


class _Json(JSONAttribute):
    """Plain values as they are written: PynamoDB's own makes six bytes of a Chinese character's three."""

    def serialize(self, value: Any) -> str | None:
        """Return the values as text."""
        return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class GroupRow(DueRow):
    """A group; marked while the catalogue may not have it.

    `entries` counts what was put into it since its version was stored: see `scrm.library.placing_dynamodb`.
    """

    name = UnicodeAttribute()
    parent_id = UnicodeAttribute(null=True)
    rank = UnicodeAttribute()
    visibility: JSONAttribute = _Json(null=True)
    version = NumberAttribute()
    deleted = BooleanAttribute(null=True)
    updated_at = UnicodeAttribute()
    entries = NumberAttribute(null=True)

    def entity(self) -> Group:
        """Return the row as the rest of the product knows it."""
        return Group(
            kind=_kind(self.pk),
            group_id=self.sk.removeprefix(GROUP),
            name=self.name,
            parent_id=self.parent_id or "",
            rank=self.rank,
            visibility=visibility_of(self.visibility),
            version=int(self.version),
            deleted=bool(self.deleted),
            updated_at=datetime.fromisoformat(self.updated_at),
        )

    @classmethod
    def of(cls, group: Group, *, marked: bool = True) -> "GroupRow":
        """Return the row of a group as it is to be stored."""
        at = _text(group.updated_at) or ""
        sk = GROUP + group.group_id
        return cls(
            library_pk(group.kind),
            sk,
            name=group.name,
            parent_id=group.parent_id or None,
            rank=group.rank,
            visibility=plain_visibility(group.visibility),
            version=group.version,
            deleted=True if group.deleted else None,
            updated_at=at,
            due_pk=due_pk(group.kind) if marked else None,
            due_sk=f"{at}#{sk}" if marked else None,
        )


class ItemRow(DueRow):
    """An item without its content; marked while the catalogue may not have it. No draft: it is as `live`."""

    group_id = UnicodeAttribute(null=True)
    rank = UnicodeAttribute()
    status = UnicodeAttribute()
    draft: JSONAttribute = _Json(null=True)
    live: JSONAttribute = _Json(null=True)
    number = NumberAttribute(default=0)
    visibility: JSONAttribute = _Json(null=True)
    version = NumberAttribute()
    created_by = UnicodeAttribute(null=True)
    created_at = UnicodeAttribute(null=True)
    updated_by = UnicodeAttribute(null=True)
    updated_at = UnicodeAttribute()
    published_at = UnicodeAttribute(null=True)

    def entity(self) -> Item:
        """Return the row as the rest of the product knows it."""
        live = shown_of(self.live)
        return Item(
            kind=_kind(self.pk),
            item_id=self.sk.removeprefix(ITEM),
            group_id=self.group_id or "",
            rank=self.rank,
            status=self.status,  # type: ignore[arg-type]  # only our own writer fills it
            draft=shown_of(self.draft) or live or Shown(""),
            live=live,
            number=int(self.number),
            visibility=visibility_of(self.visibility),
            version=int(self.version),
            created_by=self.created_by or "",
            created_at=_moment(self.created_at),
            updated_by=self.updated_by or "",
            updated_at=_moment(self.updated_at),
            published_at=_moment(self.published_at),
        )

    @classmethod
    def of(cls, item: Item, *, marked: bool = True) -> "ItemRow":
        """Return the row of an item as it is to be stored."""
        at = _text(item.updated_at) or ""
        sk = ITEM + item.item_id
        return cls(
            library_pk(item.kind),
            sk,
            group_id=item.group_id or None,
            rank=item.rank,
            status=item.status,
            draft=plain_shown(item.draft) if item.draft != item.live else None,
            live=plain_shown(item.live),
            number=item.number,
            visibility=plain_visibility(item.visibility),
            version=item.version,
            created_by=item.created_by or None,
            created_at=_text(item.created_at),
            updated_by=item.updated_by or None,
            updated_at=at,
            published_at=_text(item.published_at),
            due_pk=due_pk(item.kind) if marked else None,
            due_sk=f"{at}#{sk}" if marked else None,
        )


class ContentRow(Row):
    """An item's content: as it is worked on, or as it was published."""

    content: JSONAttribute = _Json()
    at = UnicodeAttribute()
    by = UnicodeAttribute(null=True)


class HeadRow(Row):
    """Which catalogue holds. `number` grows with each; `former_key` may still be read by whoever saw it.

    `imports` names those that write unmarked rows just now, each with the time by which it is taken for dead.
    """

    number = NumberAttribute(null=True)
    object_key = UnicodeAttribute(null=True)
    former_key = UnicodeAttribute(null=True)
    made_at = UnicodeAttribute(null=True)
    imports: UnicodeSetAttribute = UnicodeSetAttribute(null=True)


class PersonalRow(Row):
    """What a member has pinned of a library, in their order, and what they sent lately, the latest first."""

    pinned: JSONAttribute = _Json(null=True)
    sent: JSONAttribute = _Json(null=True)
    version = NumberAttribute(default=0)

    def entity(self) -> Personal:
        """Return the row as the rest of the product knows it."""
        return Personal(tuple(self.pinned or ()), tuple(self.sent or ()), int(self.version))

    @classmethod
    def of(cls, pk: str, sk: str, after: Personal) -> "PersonalRow":
        """Return the row that comes after the version read."""
        return cls(
            pk,
            sk,
            pinned=list(after.pinned) or None,
            sent=list(after.sent) or None,
            version=after.version + 1,
        )


class LibraryRow(Row):
    """Any row that opening a library reads."""

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> Any:
        """Return the row in the class of its kind."""
        place = data["SK"]["S"]
        kinds: dict[str, type[Row]] = {"HEAD": HeadRow, "GROUP": GroupRow, "ITEM": ItemRow}
        return kinds.get(place.partition("#")[0], PersonalRow).from_raw_data(data)


def _kind(pk: str) -> Any:
    return pk.partition("#")[2]


def _text(moment: datetime | None) -> str | None:
    return rfc3339(moment.astimezone(UTC)) if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
