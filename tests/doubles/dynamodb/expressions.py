"""Expressions applied to items: conditions answered, updates made. Items are never changed in place."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tests.doubles.dynamodb.syntax import Node, RawPath
from tests.doubles.dynamodb.values import (
    NUMBERS,
    SET_TYPES,
    Item,
    Typed,
    equal,
    invalid,
    kind_of,
    less,
    normal,
    number_text,
)

Path = tuple[str | int, ...]
SIZED = {"S", "B", "SS", "NS", "BS", "L", "M"}


class Scope:
    """The placeholders of one request. Each must be known, and each given one must be used."""

    def __init__(self, names: Mapping[str, str] | None, values: Mapping[str, Typed] | None) -> None:
        self.names = dict(names or {})
        self.values = {name: normal(value) for name, value in (values or {}).items()}
        self._unused = {*self.names, *self.values}

    def path(self, raw: RawPath) -> Path:
        return tuple(self._name(step) if isinstance(step, str) else step for step in raw)

    def _name(self, step: str) -> str:
        if not step.startswith("#"):
            return step
        if step not in self.names:
            raise invalid(
                "Invalid expression: An expression attribute name used in the document path is not defined; "
                f"attribute name: {step}"
            )
        self._unused.discard(step)
        return self.names[step]

    def value(self, name: str) -> Typed:
        if name not in self.values:
            raise invalid(
                "Invalid expression: An expression attribute value used in expression is not defined; "
                f"attribute value: {name}"
            )
        self._unused.discard(name)
        return self.values[name]

    def bind(self, tree: Node) -> Node:
        """Return the tree with its placeholders replaced: paths of real names, values themselves."""
        if tree[0] == "path":
            return ("path", self.path(tree[1]))
        if tree[0] == "value":
            return ("value", self.value(tree[1]))
        return tuple(self.bind(part) if isinstance(part, tuple) else part for part in tree)

    def finish(self) -> None:
        """Refuse a request that names what it does not use, as AWS does."""
        for sort, prefix in (("Names", "#"), ("Values", ":")):
            left = sorted(name for name in self._unused if name.startswith(prefix))
            if left:
                raise invalid(
                    f"Value provided in ExpressionAttribute{sort} unused in expressions: "
                    f"keys: {{{', '.join(left)}}}"
                )


def paths_of(tree: Node) -> set[Path]:
    """Return every document path a bound condition mentions."""
    if tree[0] == "path":
        return {tree[1]}
    if tree[0] == "value":
        return set()
    return {path for part in tree if isinstance(part, tuple) for path in paths_of(part)}


def lookup(item: Mapping[str, Typed], path: Path) -> Typed | None:
    """Return the value at a path, None where there is none."""
    value: Any = item.get(str(path[0]))
    for step in path[1:]:
        if value is None:
            return None
        if isinstance(step, int):
            listed = value.get("L")
            value = listed[step] if listed is not None and step < len(listed) else None
        else:
            value = value.get("M", {}).get(step)
    return value


def holds(tree: Node, item: Mapping[str, Typed]) -> bool:
    """Return whether a bound condition is true of an item. What is absent satisfies no comparison."""
    match tree[0]:
        case "and":
            return holds(tree[1], item) and holds(tree[2], item)
        case "or":
            return holds(tree[1], item) or holds(tree[2], item)
        case "not":
            return not holds(tree[1], item)
        case "compare":
            return _compare(tree[1], operand(tree[2], item), operand(tree[3], item))
        case "between":
            value, low, high = (operand(part, item) for part in tree[1:])
            return _compare("<=", low, value) and _compare("<=", value, high)
        case "in":
            value = operand(tree[1], item)
            others = [operand(each, item) for each in tree[2]]
            return value is not None and any(other is not None and equal(value, other) for other in others)
        case "call":
            return _call(tree, item)
    raise invalid(f"Invalid expression: {tree[0]} is no condition")


def operand(node: Node, item: Mapping[str, Typed]) -> Typed | None:
    """Return the value of an operand, None where its path leads nowhere."""
    if node[0] == "value":
        return node[1]
    if node[0] == "path":
        return lookup(item, node[1])
    value = operand(node[1], item)
    if value is None or kind_of(value) not in SIZED:
        return None
    ((kind, held),) = value.items()
    return {"N": str(len(held.encode()) if kind == "S" else len(held))}


def _compare(sign: str, left: Typed | None, right: Typed | None) -> bool:
    if left is None or right is None:
        return sign == "<>" and (left is None) != (right is None)
    match sign:
        case "=":
            return equal(left, right)
        case "<>":
            return not equal(left, right)
        case "<":
            return less(left, right)
        case ">":
            return less(right, left)
    same_order = kind_of(left) == kind_of(right) and kind_of(left) in {"S", "N", "B"}
    return same_order and not (less(right, left) if sign == "<=" else less(left, right))


def _call(tree: Node, item: Mapping[str, Typed]) -> bool:
    name, value = tree[1], operand(tree[2], item)
    if name == "attribute_exists":
        return value is not None
    if name == "attribute_not_exists":
        return value is None
    other = operand(tree[3], item)
    if value is None or other is None:
        return False
    ((kind, held),) = value.items()
    ((other_kind, wanted),) = other.items()
    if name == "attribute_type":
        return bool(kind == wanted)
    if name == "begins_with":
        return kind == other_kind and kind in {"S", "B"} and bool(held.startswith(wanted))
    if kind == "S":
        return other_kind == "S" and wanted in held
    if kind == "L":
        return any(equal(each, other) for each in held)
    return kind in SET_TYPES and kind[0] == other_kind and wanted in held


def updated(item: Item | None, key: Item, actions: list[Node]) -> Item:
    """Return the item after bound update actions; every operand is read from the item before them."""
    before: Item = dict(item) if item is not None else dict(key)
    after: Item = dict(before)
    computed = [(action[1][1], _result(action, before)) for action in actions]
    for path, value in computed:
        if value is not None:
            after = _with(after, path, value)
    # List positions are those before the update: remove from the back.
    for path in sorted((path for path, value in computed if value is None), key=_from_the_back):
        after = _without(after, path)
    return after


def _from_the_back(path: Path) -> int:
    return -path[-1] if isinstance(path[-1], int) else 0


def refuse_overlap(paths: list[Path]) -> None:
    """Refuse two paths of which one lies inside the other, as AWS does and emulators may not."""
    for index, first in enumerate(paths):
        for second in paths[index + 1 :]:
            short = min(len(first), len(second))
            if first[:short] == second[:short]:
                raise invalid(
                    "Invalid UpdateExpression: Two document paths overlap with each other; must remove or "
                    f"rewrite one of these paths; path one: {list(first)}, path two: {list(second)}"
                )


def _result(action: Node, before: Item) -> Typed | None:
    match action[0]:
        case "SET":
            return _computed(action[2], before)
        case "ADD":
            return _added(lookup(before, action[1][1]), action[2][1])
        case "DELETE":
            return _deleted(lookup(before, action[1][1]), action[2][1])
    return None


def _computed(node: Node, before: Item) -> Typed:
    match node[0]:
        case "value":
            return node[1]
        case "path":
            found = lookup(before, node[1])
            if found is None:
                raise invalid(
                    "The provided expression refers to an attribute that does not exist in the item"
                )
            return found
        case "if_not_exists":
            if node[1][0] != "path":
                raise invalid("Invalid UpdateExpression: if_not_exists takes a document path")
            found = lookup(before, node[1][1])
            return found if found is not None else _computed(node[2], before)
        case "list_append":
            first, second = _computed(node[1], before), _computed(node[2], before)
            if "L" not in first or "L" not in second:
                raise invalid("An operand in the update expression has an incorrect data type")
            return {"L": [*first["L"], *second["L"]]}
        case "+" | "-":
            first, second = _computed(node[1], before), _computed(node[2], before)
            return _summed(first, second, 1 if node[0] == "+" else -1)
    raise invalid("Invalid UpdateExpression: unknown operand")


def _summed(first: Typed, second: Typed, sign: int) -> Typed:
    if "N" not in first or "N" not in second:
        raise invalid("An operand in the update expression has an incorrect data type")
    return {"N": number_text(NUMBERS.add(Decimal(first["N"]), sign * Decimal(second["N"])))}


def _added(existing: Typed | None, value: Typed) -> Typed:
    kind = kind_of(value)
    if kind not in SET_TYPES | {"N"}:
        raise invalid(f"Invalid UpdateExpression: Incorrect operand type for operator ADD: {kind}")
    if existing is None:
        return value
    if kind_of(existing) != kind:
        raise invalid("An operand in the update expression has an incorrect data type")
    if kind == "N":
        return _summed(existing, value, 1)
    return {kind: [*existing[kind], *(each for each in value[kind] if each not in existing[kind])]}


def _deleted(existing: Typed | None, value: Typed) -> Typed | None:
    kind = kind_of(value)
    if kind not in SET_TYPES:
        raise invalid(f"Invalid UpdateExpression: Incorrect operand type for operator DELETE: {kind}")
    if existing is None:
        return None
    if kind_of(existing) != kind:
        raise invalid("An operand in the update expression has an incorrect data type")
    left = [each for each in existing[kind] if each not in value[kind]]
    return {kind: left} if left else None


_NOWHERE = "The document path provided in the update expression is invalid for update"


def _with(item: Item, path: Path, value: Typed) -> Item:
    if len(path) == 1:
        return {**item, str(path[0]): value}
    parent = item.get(str(path[0]))
    if parent is None:
        raise invalid(_NOWHERE)
    return {**item, str(path[0]): _placed(parent, path[1:], value)}


def _placed(parent: Typed, path: Path, value: Typed) -> Typed:
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        if "L" not in parent:
            raise invalid(_NOWHERE)
        listed = list(parent["L"])
        if step >= len(listed):
            if rest:
                raise invalid(_NOWHERE)
            return {"L": [*listed, value]}
        listed[step] = _placed(listed[step], rest, value) if rest else value
        return {"L": listed}
    if "M" not in parent or (rest and step not in parent["M"]):
        raise invalid(_NOWHERE)
    return {"M": {**parent["M"], step: _placed(parent["M"][step], rest, value) if rest else value}}


def _without(item: Item, path: Path) -> Item:
    name = str(path[0])
    if len(path) == 1:
        return {other: value for other, value in item.items() if other != name}
    if lookup(item, path[:-1]) is None:
        raise invalid(_NOWHERE)
    return {**item, name: _removed(item[name], path[1:])}


def _removed(parent: Typed, path: Path) -> Typed:
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        listed = list(parent.get("L", []))
        if step < len(listed):
            listed[step : step + 1] = [_removed(listed[step], rest)] if rest else []
        return {"L": listed}
    held = dict(parent.get("M", {}))
    if step in held:
        if rest:
            held[step] = _removed(held[step], rest)
        else:
            del held[step]
    return {"M": held}


def projected(item: Item, paths: list[Path]) -> Item:
    """Return only the named parts of an item, in their place."""
    result: Item = {}
    for path in paths:
        value = lookup(item, path)
        if value is not None:
            result = _grown(result, path, value)
    return result


def _grown(result: Item, path: Path, value: Typed) -> Item:
    name = str(path[0])
    if len(path) == 1:
        return {**result, name: value}
    return {**result, name: _grown_part(result.get(name), path[1:], value)}


def _grown_part(existing: Typed | None, path: Path, value: Typed) -> Typed:
    if not path:
        return value
    if isinstance(path[0], int):
        return {"L": [*(existing or {}).get("L", []), _grown_part(None, path[1:], value)]}
    held = (existing or {}).get("M", {})
    return {"M": {**held, path[0]: _grown_part(held.get(path[0]), path[1:], value)}}
