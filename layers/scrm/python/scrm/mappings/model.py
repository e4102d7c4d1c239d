"""Reading a foreign payload as rows of one of our feeds. Pure.

A path names a value by the keys on the way to it, "member.levels.0.name". What a mapping does not speak of
is reported, so that a field somebody added over there is not lost in silence.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from scrm.mappings.converting import Kind, Unreadable, converted

Target = Literal["customers", "orders", "payments", "refunds", "products", "scores", "touches"]

MOST_ROWS = 100
MOST_UNKNOWN = 50
DEEPEST = 8


@dataclass(frozen=True)
class Part:
    """Where one field of ours comes from: a path, or a constant where there is none.

    `values` translates, e.g. a level's number into its name; `rows` reads a list, each of its items by
    parts of its own.
    """

    path: str = ""
    kind: Kind = "as_is"
    constant: Any = None
    values: Mapping[str, Any] = field(default_factory=dict)
    rows: Mapping[str, "Part"] = field(default_factory=dict)


@dataclass(frozen=True)
class FeedMapping:
    """How one feed is read. `rows` is the path of the rows; "" when the payload is the list or one row.

    `ignored` are paths that are known and not wanted. `source` names the system in our own rows.
    """

    feed: str
    target: Target
    parts: Mapping[str, Part]
    rows: str = ""
    ignored: tuple[str, ...] = ()
    source: str = ""
    version: int = 0
    updated_at: datetime | None = None


@dataclass(frozen=True)
class Read:
    """One row as ours, the paths nobody speaks of, and what could not be read, by our field."""

    row: Mapping[str, Any]
    unknown: tuple[str, ...]
    wrong: Mapping[str, str]


def rows_of(payload: Any, mapping: FeedMapping) -> list[Any] | None:
    """Return the rows of a payload; None when there are none where the mapping says."""
    found = at_path(payload, mapping.rows) if mapping.rows else payload
    if isinstance(found, dict):
        return [found]
    return found if isinstance(found, list) and found else None


def read(foreign: Any, mapping: FeedMapping) -> Read:
    """Return a foreign row as one of ours. A field that is not there is left out."""
    wrong: dict[str, str] = {}
    row = _row(foreign, mapping.parts, wrong, "")
    return Read(row, _unknown(foreign, mapping), wrong)


def at_path(value: Any, path: str) -> Any:
    """Return what stands at a path, None where nothing does."""
    for name in path.split("."):
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value


def _row(foreign: Any, parts: Mapping[str, Part], wrong: dict[str, str], prefix: str) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, part in parts.items():
        try:
            value = _value(foreign, part, wrong, f"{prefix}{name}.")
        except Unreadable as error:
            wrong[f"{prefix}{name}"] = str(error)
            continue
        if value is not None:
            _put(row, name, value)
    return row


def _value(foreign: Any, part: Part, wrong: dict[str, str], prefix: str) -> Any:
    found = at_path(foreign, part.path) if part.path else part.constant
    if part.rows:
        if found is None:
            return None
        if not isinstance(found, list):
            raise Unreadable("应为列表")
        return [_row(each, part.rows, wrong, f"{prefix}{place}.") for place, each in enumerate(found)]
    if found is None or found == "":
        return None
    if part.values:
        if str(found) not in part.values:
            raise Unreadable("没有对应的取值")
        return part.values[str(found)]
    return converted(found, part.kind)


def _put(row: dict[str, Any], name: str, value: Any) -> None:
    """Put a value under its name; "fields.level" is the custom field `level`."""
    outer, dot, inner = name.partition(".")
    if dot:
        row.setdefault(outer, {})[inner] = value
    else:
        row[name] = value


def _unknown(foreign: Any, mapping: FeedMapping) -> tuple[str, ...]:
    """Return the paths that neither a part nor `ignored` speaks of, the first 50."""
    spoken: dict[str, list[list[str]]] = {}
    for path in (*_paths(mapping.parts), *mapping.ignored):
        names = path.split(".")
        spoken.setdefault(names[0], []).append(names)
    found: dict[str, None] = {}
    for leaf in _leaves(foreign):
        if not any(_covers(each, leaf) for each in spoken.get(leaf[0], ())):
            found[_starred(leaf)] = None
            if len(found) == MOST_UNKNOWN:
                break
    return tuple(found)


def _paths(parts: Mapping[str, Part]) -> Iterator[str]:
    for part in parts.values():
        if part.rows:
            yield from (f"{part.path}.*.{inner}" for inner in _paths(part.rows))
        elif part.path:
            yield part.path


def _leaves(value: Any, path: Sequence[str] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the way to each value that holds no others; what lies too deep counts as one value."""
    inner: Sequence[tuple[str, Any]] = ()
    if isinstance(value, dict):
        inner = [(str(name), each) for name, each in value.items()]
    elif isinstance(value, list):
        inner = [(str(place), each) for place, each in enumerate(value)]
    if not inner or len(path) >= DEEPEST:
        if path:
            yield tuple(path)
        return
    for name, each in inner:
        yield from _leaves(each, (*path, name))


def _covers(names: Sequence[str], leaf: tuple[str, ...]) -> bool:
    if len(names) > len(leaf):
        return False
    return all(name in {"*", step} for name, step in zip(names, leaf, strict=False))


def _starred(leaf: tuple[str, ...]) -> str:
    return ".".join("*" if name.isdigit() else name for name in leaf)[:100]
