"""One table's items and indexes, kept in key order."""

from __future__ import annotations

import copy
import functools
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.capacity.calculator import Index, item_size
from tests.doubles.dynamodb.values import Item, Typed, invalid, kind_of, sort_key

ITEM_LIMIT = 400 * 1024
PAGE_LIMIT = 1024 * 1024
TEMPLATE = Path(__file__).parents[3] / "template.yaml"

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Schema:
    """A table as the template states it."""

    name: str
    keys: tuple[str, ...]
    types: dict[str, str]
    indexes: tuple[Index, ...] = ()
    streamed: bool = False

    @classmethod
    def of(cls, name: str, properties: dict[str, Any]) -> Schema:
        """Return the schema of a CloudFormation or CreateTable description."""
        keys = _key_names(properties["KeySchema"])
        return cls(
            name=name,
            keys=keys,
            types={
                each["AttributeName"]: each["AttributeType"] for each in properties["AttributeDefinitions"]
            },
            indexes=tuple(_index(each, keys) for each in properties.get("GlobalSecondaryIndexes", ())),
            streamed="StreamSpecification" in properties,
        )


def _key_names(schema: list[dict[str, str]]) -> tuple[str, ...]:
    ordered = sorted(schema, key=lambda each: each["KeyType"] != "HASH")
    return tuple(each["AttributeName"] for each in ordered)


def _index(described: dict[str, Any], table_keys: tuple[str, ...]) -> Index:
    projection = described["Projection"]
    everything = projection["ProjectionType"] == "ALL"
    kept = None if everything else frozenset(projection.get("NonKeyAttributes", ()))
    return Index(described["IndexName"], _key_names(described["KeySchema"]), table_keys, kept)


class _Loader(yaml.SafeLoader):
    """Reads a template's own tags as plain values."""


def _plain(loader: yaml.SafeLoader, _suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node)  # type: ignore[arg-type]


_Loader.add_multi_constructor("!", _plain)


def template(path: Path = TEMPLATE) -> dict[str, Any]:
    """Return the template as plain data; intrinsic functions become their argument."""
    return copy.deepcopy(_read(path))


@functools.cache
def _read(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506, a SafeLoader
    return loaded


def schemas_of_template() -> list[Schema]:
    """Return every table of the bundle's template, under its logical name."""
    resources = template()["Resources"]
    return [
        Schema.of(name, resource["Properties"])
        for name, resource in resources.items()
        if resource["Type"] == "AWS::DynamoDB::Table"
    ]


@dataclass
class Collection:
    """The members of one partition in sort order. `order` holds (sort value, tie breaker)."""

    order: list[Key] = field(default_factory=list)
    items: dict[Key, Item] = field(default_factory=dict)

    def put(self, place: Key, item: Item) -> None:
        if place not in self.items:
            insort(self.order, place)
        self.items[place] = item

    def drop(self, place: Key) -> None:
        if self.items.pop(place, None) is not None:
            del self.order[bisect_left(self.order, place)]

    def after(self, place: Key | None, forward: bool) -> Iterator[tuple[Key, Item]]:
        """Yield the members in order, beginning behind `place`."""
        if forward:
            positions = range(0 if place is None else bisect_right(self.order, place), len(self.order))
        else:
            end = len(self.order) if place is None else bisect_left(self.order, place)
            positions = range(end - 1, -1, -1)
        return ((self.order[at], self.items[self.order[at]]) for at in positions)


class Table:
    """A table: items by key, and each index as its own ordered collections."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.items: dict[Key, Item] = {}
        self.collections: dict[str, dict[Any, Collection]] = {name: {} for name in self.ways()}

    def ways(self) -> list[str]:
        """Return the names of all orders: "" for the table's own, then each index."""
        return ["", *(index.name for index in self.schema.indexes)]

    def index(self, name: str) -> Index | None:
        """Return the named index, None for the table itself; refuse an unknown one."""
        if not name:
            return None
        for index in self.schema.indexes:
            if index.name == name:
                return index
        raise invalid(f"The table does not have the specified index: {name}")

    def keys(self, way: str = "") -> tuple[str, ...]:
        """Return the names of the keys of the table or of an index."""
        index = self.index(way)
        return index.keys if index else self.schema.keys

    def key(self, given: Item, *, exact: bool = True) -> Key:
        """Return an item's identity; refuse keys that are absent, empty, of another type, or too many."""
        if exact and set(given) != set(self.schema.keys):
            raise invalid("The provided key element does not match the schema")
        for name in self.schema.keys:
            if name not in given:
                raise invalid(
                    f"One or more parameter values were invalid: Missing the key {name} in the item"
                )
            self._check_key(name, given[name])
        return tuple(sort_key(given[name]) for name in self.schema.keys)

    def _check_key(self, name: str, value: Typed) -> None:
        if kind_of(value) != self.schema.types[name]:
            raise invalid(
                f"One or more parameter values were invalid: Type mismatch for key {name} "
                f"expected: {self.schema.types[name]} actual: {kind_of(value)}"
            )
        if value in ({"S": ""}, {"B": b""}):
            raise invalid(
                f"One or more parameter values are not valid. Key attribute {name} is an empty string"
            )

    def check(self, item: Item) -> None:
        """Refuse an item that AWS would not store."""
        self.key(item, exact=False)
        for index in self.schema.indexes:
            for name in index.keys:
                if name in item:
                    self._check_key(name, item[name])
        if item_size(item) > ITEM_LIMIT:
            raise invalid("Item size has exceeded the maximum allowed size")

    def place(self, way: str, item: Item) -> tuple[Any, Key] | None:
        """Return (partition, place in it) of an item in the table or an index; None when it is not in it."""
        names = self.keys(way)
        if any(name not in item for name in names):
            return None
        values = [sort_key(item[name]) for name in names]
        own = tuple(sort_key(item[name]) for name in self.schema.keys)
        return values[0], (*values[1:], *(own if way else ()))

    def write(self, key: Key, item: Item | None) -> None:
        """Put or delete; both images leave and enter every index at once."""
        before = self.items.get(key)
        for way in self.ways():
            old = self.place(way, before) if before is not None else None
            new = self.place(way, item) if item is not None else None
            if old and old != new:
                self.collections[way][old[0]].drop(old[1])
            if new and item is not None:
                self.collections[way].setdefault(new[0], Collection()).put(new[1], item)
        if item is None:
            self.items.pop(key, None)
        else:
            self.items[key] = item

    def view(self, way: str, item: Item) -> Item:
        """Return what the table or an index shows of an item."""
        index = self.index(way)
        entry: Any = index.entry(item) if index else item
        return dict(entry or {})
