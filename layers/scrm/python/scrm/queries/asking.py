"""Pages and counts of the cards that a condition selects, with cursors that are bound to the question."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from scrm.cards.model import Card
from scrm.conditions.plan import Scope, plan
from scrm.conditions.running import CountPosition, Position, UnknownPosition, count, search
from scrm.conditions.tree import of_plain
from scrm.http import paging, problems
from scrm.queries.model import SORTS

# A list that is paged through, or a count that is added up, is asked as of its first page.
LASTS = timedelta(days=1)

_PLACE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_PICKS = re.compile(r"[0-9.]{0,400}")


@dataclass(frozen=True)
class Asked:
    """A question: a stored condition over the custom fields the caller may ask about, within a scope.

    `of` says whose question it is and about whom, which a cursor is bound to: the scope itself may change
    while somebody pages.
    """

    condition: Mapping[str, Any]
    custom: Mapping[str, str]
    scope: Scope
    now: datetime
    of: str = ""

    def name(self, kind: str) -> str:
        """Return what a cursor of this question is bound to."""
        text = json.dumps([kind, self.condition, self.of], ensure_ascii=False, sort_keys=True)
        return f"CARDS#{sha256(text.encode()).hexdigest()[:16]}"


@dataclass(frozen=True)
class CardsPage:
    """Cards in order, and the cursor of the next page; None at the end."""

    cards: tuple[Card, ...]
    next_cursor: str | None


@dataclass(frozen=True)
class Count:
    """How many cards this request counted, and the cursor that counts on; None when that is all."""

    count: int
    next_cursor: str | None


def page(asked: Asked, sort: str, limit: int, cursor: str | None) -> CardsPage:
    """Return a page of selected cards; raises a 422 problem for a cursor of another question.

    A page may be short, even empty, and have a next one: a request reads only so much.
    """
    name = asked.name(sort)
    start = _decoded(name, cursor, asked.now)
    now = _as_of(start, asked.now)
    after = _position(start) if start else None
    found = search(_planned(asked, now), SORTS[sort], limit, after)
    if found.next is None:
        return CardsPage(found.cards, None)
    return CardsPage(found.cards, _encoded(name, now, lane=found.next.lane, at=found.next.at))


def counted(asked: Asked, cursor: str | None) -> Count:
    """Return an exact count, or the part of it that one request reaches; the parts add up.

    Raises a 422 problem for a cursor of another question.
    """
    name = asked.name("count")
    start = _decoded(name, cursor, asked.now)
    now = _as_of(start, asked.now)
    after = _count_position(start) if start else None
    try:
        found = count(_planned(asked, now), after)
    except UnknownPosition:
        raise paging.foreign() from None
    if found.next is None:
        return Count(found.count, None)
    picks = ".".join(map(str, found.next.picks))
    return Count(
        found.count,
        _encoded(name, now, picks=picks, read=found.next.read, at=found.next.at),
    )


def _planned(asked: Asked, now: datetime) -> Any:
    return plan(of_plain(asked.condition, asked.custom), asked.scope, now)


def _position(start: Mapping[str, Any]) -> Position:
    lane, at = start.get("lane"), start.get("at")
    if lane not in {0, 1} or not isinstance(at, str) or not (at == "" or _PLACE.match(at)):
        raise paging.foreign()
    return Position(int(lane), at)


def _count_position(start: Mapping[str, Any]) -> CountPosition:
    picks, read, at = start.get("picks"), start.get("read"), start.get("at")
    if not isinstance(picks, str) or not _PICKS.fullmatch(picks):
        raise paging.foreign()
    if type(read) is not int or read < 0 or not isinstance(at, str):
        raise paging.foreign()
    return CountPosition(tuple(int(each) for each in picks.split(".") if each), read, at)


def _as_of(start: Mapping[str, Any] | None, now: datetime) -> datetime:
    return datetime.fromtimestamp(int(start["now"]), UTC) if start else now.replace(microsecond=0)


def _encoded(name: str, now: datetime, **place: str | int) -> str | None:
    key = {**place, "now": int(now.timestamp())}
    return paging.encode(name, {"key": json.dumps(key, separators=(",", ":")), "check": _check(name, key)})


def _decoded(name: str, cursor: str | None, now: datetime) -> dict[str, Any] | None:
    """Return a cursor's content, which is as we wrote it and not a day old; else raises a 422 problem."""
    sent = paging.decode(name, cursor, free=("key", "check"))
    if sent is None:
        return None
    try:
        key = dict(json.loads(str(sent["key"])))
        as_of = datetime.fromtimestamp(int(key["now"]), UTC)
    except (ValueError, TypeError, KeyError, OverflowError):
        raise paging.foreign() from None
    if sent["check"] != _check(name, key):
        raise paging.foreign()
    if abs(as_of - now) > LASTS:
        raise problems.invalid_field("cursor", "游标已过期，请从第一页重新查询")
    return key


def _check(name: str, key: Mapping[str, Any]) -> str:
    text = json.dumps([name, key], ensure_ascii=False, sort_keys=True)
    return sha256(text.encode()).hexdigest()[:16]
