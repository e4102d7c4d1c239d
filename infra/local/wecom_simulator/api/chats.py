"""Customer groups 客户群 (documentation 92120, 92122, 92127, 95703)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..calls import Call
from ..clock import day_number
from ..errors import TEXTS, Refused
from ..limits import Rule
from ..model import LEFT, Chat
from ..registry import endpoint
from ..world import fold
from .lookups import contact_staff, paged, staff_of

if TYPE_CHECKING:
    from ..simulator import Simulator

_TRANSFERS_A_DAY = 300


@endpoint("POST", "externalcontact/groupchat/list")
def list_chats(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return groups of visible owners; the page size must be 1..1000."""
    world, body = sim.world, call.body
    if not 1 <= body["limit"] <= 1000:
        raise Refused(40058)
    wanted = body.get("status_filter", 0)
    owners = [
        fold(staff_of(sim, call, o).userid) for o in (body.get("owner_filter") or {}).get("userid_list") or []
    ]
    if not owners and sum(world.visible(call.app, row) for row in world.employed()) > 1000:
        raise Refused(81017)
    rows = [
        chat
        for chat in world.chats.values()
        if not chat.dismissed
        and (not owners or fold(chat.owner) in owners)
        and (wanted == 0 or status_of(sim, chat) == wanted)
        and world.visible(call.app, world.staff[fold(chat.owner)])
    ]
    page, cursor = paged(call, rows, body["limit"], lambda chat: chat.chat_id, body.get("cursor"))
    listed = [{"chat_id": chat.chat_id, "status": status_of(sim, chat)} for chat in page]
    return {"group_chat_list": listed, "next_cursor": cursor}


def status_of(sim: Simulator, chat: Chat) -> int:
    """Return 0 normal, 1 owner left, 3 handed over after the owner left."""
    owner = sim.world.staff[fold(chat.owner)]
    return 1 if owner.status == LEFT else chat.status


@endpoint("POST", "externalcontact/groupchat/get", {"group_chat": {}})
def get_chat(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return one group with its members."""
    chat = _chat(sim, call.body["chat_id"])
    if not sim.world.visible(call.app, sim.world.staff[fold(chat.owner)]):
        raise Refused(60011)
    with_names = call.body.get("need_name") == 1
    row = {
        "chat_id": chat.chat_id,
        "name": chat.name,
        "owner": chat.owner,
        "create_time": chat.create_time,
        "notice": chat.notice,
        "member_list": [_member_row(sim, member, with_names=with_names) for member in chat.members],
        "admin_list": [{"userid": userid} for userid in chat.admins],
        "member_version": chat.member_version,
    }
    return {"group_chat": row}


def _chat(sim: Simulator, chat_id: str) -> Chat:
    chat = sim.world.chats.get(chat_id)
    if chat is None or chat.dismissed:
        raise Refused(90501)
    return chat


def _member_row(sim: Simulator, member: dict[str, Any], *, with_names: bool) -> dict[str, Any]:
    world = sim.world
    row = {name: value for name, value in member.items() if value not in (None, "")} | {"group_nickname": ""}
    customer = world.customers.get(member["userid"])
    if customer is not None and customer.unionid and sim.settings.unionid_bound:
        row["unionid"] = customer.unionid
    if with_names:
        staff = world.staff.get(fold(member["userid"]))
        row["name"] = customer.name if customer is not None else staff.name if staff is not None else ""
    return row


@endpoint("POST", "externalcontact/groupchat/transfer")
def transfer(sim: Simulator, call: Call) -> dict[str, Any]:
    """Give groups whose owner left a new owner; answers name those that stay."""
    return _transfer(sim, call, resigned=True)


@endpoint("POST", "externalcontact/groupchat/onjob_transfer")
def transfer_on_job(sim: Simulator, call: Call) -> dict[str, Any]:
    """Give groups of employed owners a new owner."""
    return _transfer(sim, call, resigned=False)


def _transfer(sim: Simulator, call: Call, *, resigned: bool) -> dict[str, Any]:
    owner = contact_staff(sim, call, call.body["new_owner"])
    failed = []
    for chat_id in call.body["chat_id_list"]:
        code = _transfer_code(sim, call, chat_id, owner.userid, resigned=resigned)
        if code:
            failed.append({"chat_id": chat_id, "errcode": code, "errmsg": TEXTS.get(code, "request refused")})
            continue
        chat = sim.world.chats[chat_id]
        chat.owner, chat.status = owner.userid, 3 if resigned else chat.status
        if not resigned:
            chat.transfers.append(call.now)
        told = {"ChatId": chat_id, "ChangeType": "update", "UpdateDetail": "change_owner"}
        sim.people.event("change_external_chat", told)
    return {"failed_chat_list": failed}


def _transfer_code(sim: Simulator, call: Call, chat_id: str, new_owner: str, *, resigned: bool) -> int:
    chat = sim.world.chats.get(chat_id)
    if chat is None or chat.dismissed:
        return 90501
    left = sim.world.staff[fold(chat.owner)].status == LEFT
    if resigned and not left:
        return 90508 if chat.status == 3 else 90500
    if not resigned and left:
        return 90502
    if fold(chat.owner) == fold(new_owner):
        return 90504
    if not resigned and _recent(chat, call.now) >= 2:
        return 90500 if left else 40128
    rule: Rule = ("day", _TRANSFERS_A_DAY)
    return 0 if sim.windows.take(("chat-transfer", fold(chat.owner)), call.now, rule) else 45009


def _recent(chat: Chat, now: float) -> int:
    """Return how often the group changed hands in the last 90 calendar days."""
    return sum(day_number(now) - day_number(at) < 90 for at in chat.transfers)
