"""Pages of a table or an index."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tests.capacity.calculator import item_size
from tests.doubles.dynamodb import expressions, syntax
from tests.doubles.dynamodb.expressions import Scope
from tests.doubles.dynamodb.syntax import Node
from tests.doubles.dynamodb.tables import PAGE_LIMIT, Collection, Table
from tests.doubles.dynamodb.values import Item, Typed, invalid, sort_key

RANGES = {"=", "<", "<=", ">", ">="}


@dataclass(frozen=True)
class Page:
    """What was read, what passed the filter, and where the next page begins."""

    read: list[Item]
    passed: list[Item]
    next_key: Item | None

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return the page as DynamoDB answers it."""
        answer: dict[str, Any] = {"Count": len(self.passed), "ScannedCount": len(self.read)}
        if request.get("Select") != "COUNT":
            answer["Items"] = self.passed
        if self.next_key is not None:
            answer["LastEvaluatedKey"] = self.next_key
        return answer


def query(table: Table, request: dict[str, Any], scope: Scope) -> Page:
    """Return a page of one partition."""
    way = request.get("IndexName", "")
    if way and request.get("ConsistentRead"):
        raise invalid("Consistent reads are not supported on global secondary indexes")
    keys = table.keys(way)
    tree = scope.bind(syntax.condition(request["KeyConditionExpression"]))
    partition, within = _key_conditions(tree, keys)
    kept = _filter(request, scope, refused=keys)
    paths = (
        [scope.path(path) for path in syntax.projection(request["ProjectionExpression"])]
        if (request.get("ProjectionExpression"))
        else []
    )
    scope.finish()
    collection = table.collections[way].get(sort_key(partition), Collection())
    start = _start(table, way, request.get("ExclusiveStartKey"), sort_key(partition))
    members = (item for _, item in collection.after(start, request.get("ScanIndexForward", True)))
    inside = (item for item in members if within is None or expressions.holds(within, item))
    return _page(table, way, request, inside, kept, paths)


def scan(table: Table, request: dict[str, Any], scope: Scope) -> Page:
    """Return a page of everything, in key order."""
    way = request.get("IndexName", "")
    kept = _filter(request, scope, refused=())
    scope.finish()
    start = request.get("ExclusiveStartKey")
    after = table.key(start, exact=False) if start else None
    shown = (table.items[key] for key in sorted(table.items) if after is None or key > after)
    members = (item for item in shown if not way or table.place(way, item))
    return _page(table, way, request, members, kept, [])


def _page(
    table: Table,
    way: str,
    request: dict[str, Any],
    members: Iterable[Item],
    kept: Node | None,
    paths: list[expressions.Path],
) -> Page:
    limit = request.get("Limit")
    if limit is not None and limit < 1:
        raise invalid("Limit must be greater than or equal to 1")
    read: list[Item] = []
    passed: list[Item] = []
    size = 0
    for item in members:
        view = table.view(way, item)
        read.append(view)
        if kept is None or expressions.holds(kept, view):
            passed.append(expressions.projected(view, paths) if paths else view)
        size += item_size(view)
        if len(read) == limit or size >= PAGE_LIMIT:
            names = {*table.keys(way), *table.schema.keys}
            return Page(read, passed, {name: item[name] for name in names})
    return Page(read, passed, None)


def _filter(request: dict[str, Any], scope: Scope, refused: tuple[str, ...]) -> Node | None:
    text = request.get("FilterExpression")
    if text is None:
        return None
    tree = scope.bind(syntax.condition(text))
    for path in expressions.paths_of(tree):
        if path[0] in refused:
            raise invalid(
                "Filter Expression can only contain non-primary key attributes: "
                f"Primary key attribute: {path[0]}"
            )
    return tree


def _start(table: Table, way: str, given: Item | None, partition: Any) -> Any:
    if given is None:
        return None
    place = table.place(way, given)
    if place is None or place[0] != partition:
        raise invalid("The provided starting key is invalid")
    return place[1]


def _key_conditions(tree: Node, keys: tuple[str, ...]) -> tuple[Typed, Node | None]:
    """Return (the partition's value, the condition on the sort key); refuse anything else."""
    parts = [tree[1], tree[2]] if tree[0] == "and" else [tree]
    partition: Typed | None = None
    within: Node | None = None
    for part in parts:
        name = _subject(part)
        if name == keys[0] and part[0] == "compare" and part[1] == "=" and partition is None:
            partition = part[3][1]
        elif len(keys) > 1 and name == keys[1] and within is None and _is_range(part):
            within = part
        else:
            raise invalid("Query key condition not supported")
    if within and within[0] == "between" and not expressions.holds(("compare", "<=", *within[2:]), {}):
        raise invalid("The BETWEEN operator requires upper bound to be greater than or equal to lower bound")
    if partition is None:
        raise invalid(f"Query condition missed key schema element: {keys[0]}")
    return partition, within


def _subject(part: Node) -> Any:
    at = {"between": 1, "compare": 2, "call": 2}.get(part[0])
    node: Node = part[at] if at is not None else ("", ())
    return node[1][0] if node[0] == "path" and len(node[1]) == 1 else None


def _is_range(part: Node) -> bool:
    if part[0] == "compare":
        return part[1] in RANGES and part[3][0] == "value"
    return part[0] == "between" or (part[0] == "call" and part[1] == "begins_with")
