"""A condition as a tree, and what it says of one card. Standard library alone: workers use it too.

An answer is True, False or None: what is not known is neither (spec D5). `not` of the unknown stays unknown,
`all` is False when one part is and unknown when none is but one is unknown, `any` the other way round. Only
True selects.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from scrm.cards.model import Card
from scrm.conditions.fields import OPS, Field, Kind, field_named
from scrm.moments import BEIJING, moment_of

Truth = bool | None


@dataclass(frozen=True)
class Leaf:
    """One question. `value` has the type its field and `op` ask for; times are aware datetimes."""

    field: Field
    op: str
    value: Any = None


@dataclass(frozen=True)
class AllOf:
    """Every part; without parts it selects everybody."""

    parts: tuple["Node", ...] = ()


@dataclass(frozen=True)
class AnyOf:
    """One part at least; without parts it selects nobody."""

    parts: tuple["Node", ...] = ()


@dataclass(frozen=True)
class Not:
    """The opposite."""

    part: "Node"


Node = Leaf | AllOf | AnyOf | Not


def holds(node: Node, card: Card, now: datetime) -> Truth:
    """Return what the condition says of the card at `now`."""
    match node:
        case Leaf():
            return _asked(node, card, now)
        case AllOf(parts):
            answers = [holds(each, card, now) for each in parts]
            return False if False in answers else None if None in answers else True
        case AnyOf(parts):
            answers = [holds(each, card, now) for each in parts]
            return True if True in answers else None if None in answers else False
        case Not(part):
            answer = holds(part, card, now)
            return None if answer is None else not answer


def selects(node: Node, card: Card, now: datetime) -> bool:
    """Return whether the condition selects the card."""
    return holds(node, card, now) is True


def leaves(node: Node) -> Iterator[Leaf]:
    """Yield every question of the condition."""
    match node:
        case Leaf():
            yield node
        case Not(part):
            yield from leaves(part)
        case AllOf(parts) | AnyOf(parts):
            for each in parts:
                yield from leaves(each)


def of_plain(plain: Mapping[str, Any], custom: Mapping[str, str] | None = None) -> Node:
    """Return a stored condition as a tree. It was checked when it was stored (scrm.conditions.language).

    A question about a field that is no longer there, or that is of another kind by now and is not asked so,
    has an unknown answer for everybody.
    """
    if "all" in plain:
        return AllOf(tuple(of_plain(each, custom) for each in plain["all"]))
    if "any" in plain:
        return AnyOf(tuple(of_plain(each, custom) for each in plain["any"]))
    if "not" in plain:
        return Not(of_plain(plain["not"], custom))
    name, op, value = plain["field"], plain["op"], plain.get("value")
    asked = field_named(name, custom)
    if asked is None or not _fits(asked.kind, op, value):
        return Leaf(Field(name, "text", "customer", name, lambda _card, _now: None), "contains", "")
    return Leaf(asked, op, _typed(asked, op, value))


def _fits(kind: Kind, op: str, value: Any) -> bool:
    """Return whether a question may be put to a field of the kind: it may have been put to another one."""
    if op not in OPS[kind]:
        return False
    if op == "between":
        return all(isinstance(each, str) is (kind == "time") for each in value)
    return not (isinstance(value, list) and kind in {"text", "set"}) or all(
        isinstance(each, str) for each in value
    )


def _typed(asked: Field, op: str, value: Any) -> Any:
    if asked.kind == "time" and op in {"before", "from"}:
        return datetime.fromisoformat(value)
    if asked.kind == "time" and op == "between":
        return tuple(datetime.fromisoformat(each) for each in value)
    if asked.name == "staff" and isinstance(value, list):
        return tuple(each.lower() for each in value)
    return tuple(value) if isinstance(value, list) else value


def _asked(leaf: Leaf, card: Card, now: datetime) -> Truth:
    known = leaf.field.read(card, now)
    if leaf.op == "known":
        return bool((known not in (None, "", ())) == leaf.value)
    if known is not None and not _is_of(leaf.field.kind, known):
        return None
    if leaf.field.kind == "set":
        return _of_set(leaf.op, set(known or ()), leaf.value)
    if known is None:
        return None
    if leaf.field.kind == "time":
        return _of_time(leaf.op, _moment(known), leaf.value, now)
    return _of_value(leaf.op, known, leaf.value)


_TYPES: Mapping[Kind, tuple[type, ...]] = {
    "number": (int, float),
    "score": (int, float, str),
    "time": (datetime, str),
    "text": (str,),
    "choice": (str,),
    "set": (tuple, list),
}


def _is_of(kind: Kind, known: Any) -> bool:
    """Return whether a value is of the field's kind; one stored under another type is not."""
    return isinstance(known, bool) if kind == "bool" else isinstance(known, _TYPES[kind])


def _of_set(op: str, known: set[str], wanted: tuple[str, ...]) -> bool:
    if op == "all":
        return known.issuperset(wanted)
    return known.isdisjoint(wanted) is (op == "none")


def _moment(known: Any) -> datetime | None:
    return known if isinstance(known, datetime) else moment_of(str(known))


def _of_time(op: str, known: datetime | None, value: Any, now: datetime) -> Truth:
    if known is None:
        return None
    if op == "before":
        return bool(known < value)
    if op == "from":
        return bool(known >= value)
    if op == "between":
        return bool(value[0] <= known < value[1])
    start = boundary(op, value, now)
    return (
        known <= start
        if op == "older_than_days"
        else known > start
        if op == "within_days"
        else known >= start
    )


def boundary(op: str, value: int, now: datetime) -> datetime:
    """Return the moment that a question about the last days compares with.

    within_days n: later than n times 24 hours ago; older_than_days n: then or before; since_midnight n: from
    the beginning of the Beijing day n days ago on, 0 being today.
    """
    if op != "since_midnight":
        return now - timedelta(days=value)
    midnight = now.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=value)


def _of_value(op: str, known: Any, value: Any) -> Truth:
    if op in {"in", "not_in"}:
        return (known in value) is (op == "in")
    if op == "contains":
        return isinstance(known, str) and str(value).casefold() in known.casefold()
    if isinstance(known, bool) is not isinstance(value, bool):
        return None
    if op == "is":
        return bool(known == value)
    return _of_number(op, known, value)


def _of_number(op: str, known: Any, value: Any) -> Truth:
    if not isinstance(known, int | float):
        return None
    if op == "between":
        return bool(value[0] <= known < value[1])
    answers = {
        "eq": known == value,
        "ne": known != value,
        "lt": known < value,
        "lte": known <= value,
        "gt": known > value,
        "gte": known >= value,
    }
    return bool(answers[op])
