"""Reading and writing the rows of libraries (docs/decisions/0020)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pynamodb.exceptions import UpdateError
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from scrm.library.model import Group, Item, Kind
from scrm.library.personal import Personal
from scrm.library.personal_dynamodb import personal_key
from scrm.library.rows_dynamodb import (
    DRAFT,
    GROUP,
    HEAD,
    ITEM,
    ContentRow,
    GroupRow,
    HeadRow,
    ItemRow,
    LibraryRow,
    PersonalRow,
    content_pk,
    due_pk,
    library_pk,
    version_sk,
)
from scrm.table import DueRow, rfc3339

Step = Callable[[TransactWrite], None]
AT_ONCE = 98
"""Marked rows beside `HEAD` and a personal row in one batch read of 100."""


@dataclass(frozen=True)
class Head:
    """Which catalogue of a library holds; number 0: none was made yet. `imports` are those that are open."""

    number: int = 0
    object_key: str = ""
    former_key: str = ""
    made_at: datetime | None = None
    imports: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Opened:
    """What opening a library read."""

    head: Head = field(default_factory=Head)
    personal: Personal = field(default_factory=Personal)
    groups: tuple[Group, ...] = ()
    items: tuple[Item, ...] = ()


def marked(kind: Kind, limit: int) -> list[str]:
    """Return the sort keys of up to `limit` rows that the catalogue may not have. 0.5 RRU when none is."""
    rows = DueRow.by_due.query(due_pk(kind), limit=limit)
    return [row.sk for row in rows]


def opened(kind: Kind, sort_keys: Sequence[str], userid: str = "") -> Opened:
    """Return `HEAD`, marked rows and a member's own, all strongly: one request for the first AT_ONCE rows.

    1 RRU each. The marks have to be read before: a mark that is gone by then is in the catalogue that `HEAD`
    names.
    """
    pk = library_pk(kind)
    first = [(pk, HEAD), *((pk, each) for each in sort_keys)]
    own = [personal_key(userid, kind)] if userid else []
    rows: list[Any] = list(LibraryRow.batch_get([*own, *first], consistent_read=True))
    head = next((each for each in rows if isinstance(each, HeadRow)), None)
    personal = next((each for each in rows if isinstance(each, PersonalRow)), None)
    return Opened(
        _head(head) if head else Head(),
        personal.entity() if personal else Personal(),
        tuple(each.entity() for each in rows if isinstance(each, GroupRow)),
        tuple(each.entity() for each in rows if isinstance(each, ItemRow)),
    )


def all_rows(kind: Kind) -> tuple[list[Group], list[Item]]:
    """Return every group and item of a library, strongly: two queries, by bytes."""
    pk = library_pk(kind)
    groups = [row.entity() for row in GroupRow.query(pk, GroupRow.sk.startswith(GROUP), consistent_read=True)]
    items = [row.entity() for row in ItemRow.query(pk, ItemRow.sk.startswith(ITEM), consistent_read=True)]
    return groups, items


def item(kind: Kind, item_id: str) -> Item | None:
    """Return an item as it is now, whatever its status; None where there never was one. 1 RRU."""
    try:
        return ItemRow.get(library_pk(kind), ITEM + item_id, consistent_read=True).entity()
    except ItemRow.DoesNotExist:
        return None


def group(kind: Kind, group_id: str) -> Group | None:
    """Return a group as it is now, deleted ones too; None where there never was one. 1 RRU."""
    try:
        return GroupRow.get(library_pk(kind), GROUP + group_id, consistent_read=True).entity()
    except GroupRow.DoesNotExist:
        return None


def item_step(after: Item, *, marked: bool = True) -> Step:
    """Return the step that stores an item over the version before its own, and marks it.

    An import leaves the mark out: it has announced itself, and makes the catalogue of all rows after.
    """
    row = ItemRow.of(after, marked=marked)
    unchanged = (
        ItemRow.version == after.version - 1 if after.version > 1 else ItemRow.version.does_not_exist()
    )
    return lambda transaction: transaction.save(row, condition=unchanged)


def group_step(after: Group, *, marked: bool = True) -> Step:
    """Return the step that stores a group over the version before its own, and marks it."""
    row = GroupRow.of(after, marked=marked)
    unchanged = (
        GroupRow.version == after.version - 1 if after.version > 1 else GroupRow.version.does_not_exist()
    )
    return lambda transaction: transaction.save(row, condition=unchanged)


def draft_step(kind: Kind, item_id: str, content: Mapping[str, Any], by: str, now: datetime) -> Step:
    """Return the step that stores what is worked on; the item's own step guards it."""
    row = _content_row(kind, item_id, DRAFT, content, by, now)
    return lambda transaction: transaction.save(row)


def version_step(
    kind: Kind, item_id: str, number: int, content: Mapping[str, Any], by: str, now: datetime
) -> Step:
    """Return the step that stores a published content, refused where that number exists."""
    row = _content_row(kind, item_id, version_sk(number), content, by, now)
    return lambda transaction: transaction.save(row, condition=ContentRow.pk.does_not_exist())


def draft(kind: Kind, item_id: str) -> dict[str, Any]:
    """Return what is worked on. Raises LookupError where there is none. 1 RRU for each 4 KB."""
    return _content(kind, item_id, DRAFT)


def published(kind: Kind, item_id: str, number: int) -> dict[str, Any]:
    """Return the content published under a number. Raises LookupError where there is none. By bytes."""
    return _content(kind, item_id, version_sk(number))


def versions(
    kind: Kind, item_id: str, *, before: int | None = None, limit: int | None = None
) -> Iterator[tuple[int, datetime, str, dict[str, Any]]]:
    """Yield (number, published when, by whom, content), the latest first, those before a number: by bytes."""
    upto = version_sk(before - 1) if before is not None else version_sk(999_999)
    rows = ContentRow.query(
        content_pk(kind, item_id),
        ContentRow.sk.between(version_sk(0), upto),
        scan_index_forward=False,
        consistent_read=True,
        limit=limit,
    )
    for row in rows:
        yield int(row.sk.partition("#")[2]), datetime.fromisoformat(row.at), row.by or "", row.content


def announce(kind: Kind, name: str) -> None:
    """Let every catalogue be made of all rows while the import `name` is open. Repeating is safe. 1 WRU."""
    HeadRow(library_pk(kind), HEAD).update([HeadRow.imports.add({name})])


def point(kind: Kind, before: Head, object_key: str, now: datetime, closed: frozenset[str]) -> bool:
    """Let `HEAD` name another catalogue, over the one read before; return whether nobody was faster. 1 WRU.

    `closed` are the imports that are over, and whose rows are in it.
    """
    row = HeadRow(library_pk(kind), HEAD)
    unchanged = HeadRow.number == before.number if before.number else HeadRow.number.does_not_exist()
    told: list[Action] = [
        HeadRow.number.set(before.number + 1),
        HeadRow.object_key.set(object_key),
        HeadRow.made_at.set(rfc3339(now.astimezone(UTC))),
        HeadRow.former_key.set(before.object_key) if before.object_key else HeadRow.former_key.remove(),
    ]
    if closed:
        told.append(HeadRow.imports.delete(set(closed)))
    try:
        row.update(told, condition=unchanged)
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        return False
    return True


def unmark(now_is: Group | Item) -> None:
    """Take a row's mark off, unless it has changed since. Repeating is safe. 1 WRU and 2 for the index."""
    sk = ITEM + now_is.item_id if isinstance(now_is, Item) else GROUP + now_is.group_id
    row = DueRow(library_pk(now_is.kind), sk)
    try:
        row.update(
            [DueRow.due_pk.remove(), DueRow.due_sk.remove()], condition=ItemRow.version == now_is.version
        )
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise


def _head(row: HeadRow) -> Head:
    made_at = datetime.fromisoformat(row.made_at) if row.made_at else None
    imports = frozenset(row.imports or ())
    return Head(int(row.number or 0), row.object_key or "", row.former_key or "", made_at, imports)


def _content(kind: Kind, item_id: str, sk: str) -> dict[str, Any]:
    try:
        found = ContentRow.get(content_pk(kind, item_id), sk, consistent_read=True)
    except ContentRow.DoesNotExist:
        raise LookupError(f"{kind} {item_id} {sk}") from None
    return dict(found.content)


def _content_row(
    kind: Kind, item_id: str, sk: str, content: Mapping[str, Any], by: str, now: datetime
) -> ContentRow:
    at = rfc3339(now.astimezone(UTC))
    return ContentRow(content_pk(kind, item_id), sk, content=dict(content), at=at, by=by or None)
