"""Questions that many endpoints ask before they act."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from ..calls import Call
from ..errors import Refused
from ..model import NOT_ACTIVATED, Customer, Relation, Staff

if TYPE_CHECKING:
    from ..simulator import Simulator

T = TypeVar("T")


def staff_of(sim: Simulator, call: Call, userid: str, unknown: int = 40003) -> Staff:
    """Return an employed member that the app may see; raises Refused(unknown) or 60011."""
    staff = sim.world.member(userid)
    if staff is None:
        raise Refused(unknown)
    if not sim.world.visible(call.app, staff):
        raise Refused(60011)
    return staff


def contact_staff(sim: Simulator, call: Call, userid: str) -> Staff:
    """Return a member who can have customers; raises also 84074, 41054 or 40098."""
    staff = staff_of(sim, call, userid)
    if not staff.customer_contact:
        raise Refused(84074)
    if staff.status == NOT_ACTIVATED:
        raise Refused(41054)
    if not staff.real_named:
        raise Refused(40098)
    return staff


def customer_of(sim: Simulator, external_userid: str) -> Customer:
    """Return a customer of the corp; raises Refused(40096) for an id that is none."""
    customer = sim.world.customers.get(external_userid)
    if customer is None:
        raise Refused(40096)
    return customer


def relation_of(sim: Simulator, call: Call, userid: str, external_userid: str) -> Relation:
    """Return a relation that the API shows; raises Refused(84061) when the member lost or never had it."""
    staff = staff_of(sim, call, userid)
    customer_of(sim, external_userid)
    relation = sim.world.relation(staff.userid, external_userid)
    if relation is None or not relation.known:
        raise Refused(84061)
    return relation


def page_size(asked: Any, default: int, maximum: int, above: int) -> int:
    """Return the page size; what is above the maximum is read as `above` (fact sheet 0.2)."""
    if not isinstance(asked, int) or asked <= 0:
        return default
    return above if asked > maximum else asked


def paged(
    call: Call, rows: Sequence[T], size: int, mark: Callable[[T], str], cursor: Any
) -> tuple[Sequence[T], str]:
    """Return one page and the cursor of the next, empty at the end; Refused(50100) on a foreign cursor.

    The cursor remembers the last row given out: what appears or vanishes before it does not shift the page.
    """
    start = _start(call.path, rows, mark, cursor) if cursor else 0
    page = rows[start : start + size]
    if start + size >= len(rows):
        return page, ""
    return page, _encode([call.path, start + size, mark(page[-1])])


def _start(path: str, rows: Sequence[T], mark: Callable[[T], str], cursor: Any) -> int:
    kind, offset, last = _decode(cursor)
    if kind != path:
        raise Refused(50100)
    if 0 < offset <= len(rows) and mark(rows[offset - 1]) == last:
        return int(offset)
    for index, row in enumerate(rows):
        if mark(row) == last:
            return index + 1
    return min(int(offset), len(rows))


def _encode(value: list[Any]) -> str:
    text = json.dumps(value, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(zlib.crc32(text).to_bytes(4, "big") + text).decode().rstrip("=")


def _decode(cursor: Any) -> tuple[str, int, str]:
    try:
        data = base64.urlsafe_b64decode(str(cursor) + "=" * (-len(str(cursor)) % 4))
        if zlib.crc32(data[4:]).to_bytes(4, "big") != data[:4]:
            raise Refused(50100)
        kind, offset, last = json.loads(data[4:])
    except ValueError:
        raise Refused(50100) from None
    return kind, offset, last
