"""What a table request consumes, computed from item sizes alone.

Pure: no AWS, no clock. Emulators disagree about units, so nothing here asks one. Items are maps of typed
values as the wire carries them (`{"S": "a"}`). Units are request units: a write unit moves 1 KB, a read
unit 4 KB read strongly, half a unit the same read eventually. Source: DynamoDB developer guide, "read and
write operations" and "item sizes and formats". Repeating any call is free of effects.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Item = Mapping[str, Mapping[str, Any]]

WRITE_BLOCK = 1024
READ_BLOCK = 4096
GSI_IN_TRANSACTION_ASSUMPTION = (
    "index writes inside a transaction are counted once, not twice; emulators disagree and AWS was not asked"
)


@dataclass(frozen=True)
class Index:
    """A global secondary index: its own keys, the table's keys, and what else it carries.

    `projected` is None for ALL, empty for KEYS_ONLY, else the attributes of INCLUDE.
    """

    name: str
    keys: tuple[str, ...]
    table_keys: tuple[str, ...]
    projected: frozenset[str] | None = frozenset()

    def entry(self, item: Item | None) -> dict[str, Mapping[str, Any]] | None:
        """Return what the index holds for `item`; None when the item is not in it."""
        if item is None or any(key not in item for key in self.keys):
            return None
        if self.projected is None:
            return dict(item)
        kept = {*self.keys, *self.table_keys, *self.projected}
        return {name: value for name, value in item.items() if name in kept}

    def key_of(self, entry: Item) -> tuple[Any, ...]:
        """Return the entry's own keys, as compared for "has the key changed"."""
        return tuple(entry[key] for key in self.keys)


def item_size(item: Item | None) -> int:
    """Return the bytes of an item: each attribute's name and value; 0 for no item."""
    if item is None:
        return 0
    return sum(len(name.encode()) + value_size(value) for name, value in item.items())


def value_size(typed: Mapping[str, Any]) -> int:
    """Return the bytes of one typed value."""
    ((kind, value),) = typed.items()
    match kind:
        case "S":
            return len(value.encode())
        case "N":
            return number_size(value)
        case "B":
            return _binary_size(value)
        case "BOOL" | "NULL":
            return 1
        case "L":
            return 3 + sum(1 + value_size(each) for each in value)
        case "M":
            return 3 + sum(1 + len(name.encode()) + value_size(each) for name, each in value.items())
        case "SS":
            return sum(len(each.encode()) for each in value)
        case "NS":
            return sum(number_size(each) for each in value)
        case "BS":
            return sum(_binary_size(each) for each in value)
    raise ValueError(f"no DynamoDB type {kind}")


def number_size(number: str) -> int:
    """Return the bytes of a number: one per two significant digits, one more, one for a minus sign."""
    digits = number.lstrip("+-").partition("e")[0].partition("E")[0].replace(".", "").strip("0")
    return (len(digits) + 1) // 2 + 1 + number.startswith("-")


def _binary_size(value: bytes | str) -> int:
    # On the wire a binary is base64 text; in Python it is bytes.
    return len(value) if isinstance(value, bytes) else len(value.rstrip("=")) * 3 // 4


def blocks(size: int, block: int) -> int:
    """Return how many blocks `size` bytes fill, at least one."""
    return max(1, -(-size // block))


def write_units(
    before: Item | None, after: Item | None, indexes: Iterable[Index] = (), *, transactional: bool = False
) -> float:
    """Return the units of a write: the larger image, twice in a transaction, plus its indexes."""
    table = blocks(max(item_size(before), item_size(after)), WRITE_BLOCK)
    return table * (2 if transactional else 1) + sum(index_units(index, before, after) for index in indexes)


def index_units(index: Index, before: Item | None, after: Item | None) -> float:
    """Return the units of a write in one index: 2 for a changed key, 1 for a changed projection, else 0."""
    old, new = index.entry(before), index.entry(after)
    if old == new:
        return 0
    if old is None or new is None:
        return blocks(item_size(old or new), WRITE_BLOCK)
    if index.key_of(old) != index.key_of(new):
        return blocks(item_size(old), WRITE_BLOCK) + blocks(item_size(new), WRITE_BLOCK)
    return blocks(max(item_size(old), item_size(new)), WRITE_BLOCK)


def failed_write_units(existing: Item | None, *, transactional: bool = False) -> float:
    """Return the units of a write whose condition failed: the item that is there, at least one unit."""
    return blocks(item_size(existing), WRITE_BLOCK) * (2 if transactional else 1)


def page_units(sizes_before_filter: Sequence[int], *, strong: bool = False) -> float:
    """Return the units of one page of a query or scan: the sum of what was read, not of what came back.

    An empty page costs one block as well.
    """
    return blocks(sum(sizes_before_filter), READ_BLOCK) * (1 if strong else 0.5)


def get_units(item: Item | None, *, strong: bool = False, transactional: bool = False) -> float:
    """Return the units of reading one item by key; one that is absent costs one block."""
    return blocks(item_size(item), READ_BLOCK) * (2 if transactional else 1 if strong else 0.5)
