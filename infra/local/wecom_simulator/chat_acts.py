"""The life of customer groups, as members and customers live it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .model import Chat
from .people import UnknownPerson
from .world import fold

if TYPE_CHECKING:
    from .simulator import Simulator


def chat_created(
    sim: Simulator, *, owner: str, name: str, members: list[str] | None = None
) -> dict[str, Any]:
    """Play a member founding a customer group with members and customers."""
    staff, now = sim.people.staff(owner), int(sim.clock())
    chat = Chat(sim.ids.text("chat", "wrSm7CDAAA", 32), name, staff.userid, now)
    chat.members = [_chat_member(sim, userid, 1, "") for userid in [staff.userid, *(members or [])]]
    chat.member_version = sim.ids.hex32("members")
    sim.world.chats[chat.chat_id] = chat
    sim.people.event("change_external_chat", {"ChatId": chat.chat_id, "ChangeType": "create"})
    return {"chat_id": chat.chat_id}


def _chat_member(sim: Simulator, userid: str, scene: int, state: str) -> dict[str, Any]:
    kind = 1 if fold(userid) in sim.world.staff else 2
    return {
        "userid": userid,
        "type": kind,
        "join_time": int(sim.clock()),
        "join_scene": scene,
        "state": state,
    }


def _chat(sim: Simulator, chat_id: str) -> Chat:
    chat = sim.world.chats.get(chat_id)
    if chat is None or chat.dismissed:
        raise UnknownPerson(f"no group {chat_id}")
    return chat


def _chat_update(sim: Simulator, chat: Chat, detail: str, changed: list[str], scene: dict[str, int]) -> None:
    fields: dict[str, Any] = {"ChatId": chat.chat_id, "ChangeType": "update", "UpdateDetail": detail, **scene}
    if changed:
        before, chat.member_version = chat.member_version, sim.ids.hex32("members")
        fields |= {"MemChangeCnt": len(changed), "MemChangeList": changed}
        fields |= {"LastMemVer": before, "CurMemVer": chat.member_version}
    sim.people.event("change_external_chat", fields)


def chat_joined(
    sim: Simulator, *, chat_id: str, members: list[str], join_scene: int = 3, state: str = ""
) -> dict[str, Any]:
    """Play people joining: 3 by the group's code, anything else by invitation (0 in the event)."""
    chat = _chat(sim, chat_id)
    chat.members += [_chat_member(sim, userid, join_scene, state) for userid in members]
    _chat_update(sim, chat, "add_member", members, {"JoinScene": 3 if join_scene == 3 else 0})
    return {}


def chat_left(sim: Simulator, *, chat_id: str, members: list[str], removed: bool = False) -> dict[str, Any]:
    """Play people leaving, or being removed."""
    chat = _chat(sim, chat_id)
    chat.members = [row for row in chat.members if row["userid"] not in members]
    _chat_update(sim, chat, "del_member", members, {"QuitScene": int(removed)})
    return {}


def chat_changed(
    sim: Simulator, *, chat_id: str, name: str = "", notice: str = "", owner: str = ""
) -> dict[str, Any]:
    """Play a change of name, notice or owner, an event each."""
    chat = _chat(sim, chat_id)
    if name:
        chat.name = name
        _chat_update(sim, chat, "change_name", [], {})
    if notice:
        chat.notice = notice
        _chat_update(sim, chat, "change_notice", [], {})
    if owner:
        chat.owner = sim.people.staff(owner).userid
        _chat_update(sim, chat, "change_owner", [], {})
    return {}


def chat_dismissed(sim: Simulator, *, chat_id: str) -> dict[str, Any]:
    """Play the owner dismissing a group."""
    _chat(sim, chat_id).dismissed = True
    sim.people.event("change_external_chat", {"ChatId": chat_id, "ChangeType": "dismiss"})
    return {}
