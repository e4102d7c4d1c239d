"""Figures of contacts and groups (documentation 92132, 92133)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..calls import Call
from ..clock import midnight
from ..errors import Refused
from ..model import Chat
from ..registry import endpoint
from ..world import fold
from .lookups import staff_of

if TYPE_CHECKING:
    from ..simulator import Simulator

_DAY = 86_400
_COUNTS = ("chat_cnt", "message_cnt", "negative_feedback_cnt", "new_apply_cnt", "new_contact_cnt")


@endpoint("POST", "externalcontact/get_user_behavior_data")
def behavior(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return one row a day, the members summed. At most 30 days, of the last 180."""
    body, world = call.body, sim.world
    if not body.get("userid") and not body.get("partyid"):
        raise Refused(40058)
    members = {fold(staff_of(sim, call, userid).userid) for userid in body.get("userid") or []}
    members |= {fold(row.userid) for row in world.members_of(body.get("partyid") or [])}
    first, last = midnight(body["start_time"]), midnight(body["end_time"])
    if last < first or last - first > 30 * _DAY or first < midnight(call.now) - 180 * _DAY:
        raise Refused(40058)
    days = range(first, last + 1, _DAY)
    return {"behavior_data": [{"stat_time": day} | _day(sim, members, day) for day in days]}


def _day(sim: Simulator, members: set[str], day: int) -> dict[str, Any]:
    rows = [sim.world.behavior.get(f"{userid}|{day}", {}) for userid in sorted(members)]
    figures: dict[str, Any] = {name: sum(row.get(name, 0) for row in rows) for name in _COUNTS}
    figures["new_contact_cnt"] += sum(
        midnight(row.createtime) == day
        for userid in members
        for row in sim.world.by_staff.get(userid, {}).values()
        if not row.half
    )
    for name, digits in (("reply_percentage", 2), ("avg_reply_time", 0)):
        values = [row[name] for row in rows if name in row]
        if values:
            figures[name] = round(sum(values) / len(values), digits)
    return figures


@endpoint("POST", "externalcontact/groupchat/statistic")
def groups_by_owner(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return figures per owner, yesterday and earlier."""
    owners = _owners(sim, call)
    _days(call)
    offset, size = call.body.get("offset", 0), min(call.body.get("limit", 500), 1000)
    listed = [{"owner": owner, "data": _figures(sim, owner)} for owner in owners]
    page = listed[offset : offset + size]
    return {"total": len(listed), "next_offset": offset + len(page), "items": page}


@endpoint("POST", "externalcontact/groupchat/statistic_group_by_day")
def groups_by_day(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return figures per day over the owners."""
    owners, days = _owners(sim, call), _days(call)
    total: dict[str, int] = {}
    for owner in owners:
        for name, value in _figures(sim, owner).items():
            total[name] = total.get(name, 0) + value
    return {"items": [{"stat_time": day, "data": total} for day in days]}


def _owners(sim: Simulator, call: Call) -> list[str]:
    return [staff_of(sim, call, userid).userid for userid in call.body["owner_filter"]["userid_list"]]


def _days(call: Call) -> list[int]:
    first = midnight(call.body["day_begin_time"])
    last = midnight(call.body.get("day_end_time", first))
    today = midnight(call.now)
    if last < first or last - first > 30 * _DAY or last >= today or first < today - 180 * _DAY:
        raise Refused(40058)
    return list(range(first, last + 1, _DAY))


def _figures(sim: Simulator, owner: str) -> dict[str, int]:
    chats = [row for row in sim.world.chats.values() if fold(row.owner) == fold(owner) and not row.dismissed]
    return {
        "new_chat_cnt": 0,
        "chat_total": len(chats),
        "chat_has_msg": 0,
        "new_member_cnt": 0,
        "member_total": sum(_size(chat) for chat in chats),
        "member_has_msg": 0,
        "msg_total": 0,
    }


def _size(chat: Chat) -> int:
    return len(chat.members)
