"""Contents of many items at once: what is worked on, what was published."""

from collections.abc import Iterable
from typing import Any, cast

from scrm.library.model import Item, Kind
from scrm.library.rows_dynamodb import DRAFT, ITEM, ContentRow, ItemRow, content_pk, library_pk, version_sk


def items(kind: Kind, item_ids: Iterable[str]) -> list[Item]:
    """Return those of these items that there are or were, as they are now: 1 RRU each, 100 a request."""
    keys = [(library_pk(kind), ITEM + each) for each in item_ids]
    return [row.entity() for row in ItemRow.batch_get(keys, consistent_read=True)] if keys else []


def drafts(kind: Kind, item_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return what is worked on of each item that there is, by id: 1 RRU for each 4 KB, 100 a request."""
    keys = [(content_pk(kind, each), DRAFT) for each in item_ids]
    return {row.pk.split("#", 2)[2]: dict(row.content) for row in _rows(keys)}


def published(numbers: dict[tuple[Kind, str], int]) -> dict[tuple[Kind, str], dict[str, Any]]:
    """Return what was published of items, each under its number, by kind and id."""
    keys = {(content_pk(kind, item_id), version_sk(number)) for (kind, item_id), number in numbers.items()}
    found: dict[tuple[Kind, str], dict[str, Any]] = {}
    for row in _rows(sorted(keys)):
        _, kind, item_id = row.pk.split("#", 2)
        found[cast("Kind", kind), item_id] = dict(row.content)
    return found


def _rows(keys: list[tuple[str, str]]) -> list[ContentRow]:
    return list(ContentRow.batch_get(keys, consistent_read=True)) if keys else []
