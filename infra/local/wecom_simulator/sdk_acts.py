"""What a member does in the chat's sidebar: `wx.sendChatMessage`, as WeCom's client takes it.

The client fills in the message and the member sends it; no callback tells anybody. Its arguments have to be
exactly those of the documented object of their msgtype: one field more or less is refused here †, as it would
go wrong there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .api.attachments import UPLOAD
from .model import ChatMessage
from .settings import MEDIA_SECONDS

if TYPE_CHECKING:
    from .simulator import Simulator

_MEDIA = ("image", "video", "file")
_OBJECTS: dict[str, tuple[set[str], set[str]]] = {
    "text": ({"content"}, set()),
    "image": ({"mediaid"}, set()),
    "video": ({"mediaid"}, set()),
    "file": ({"mediaid"}, set()),
    "news": ({"link", "title"}, {"desc", "imgUrl"}),
    "miniprogram": ({"appid", "title", "imgUrl", "page"}, set()),
}
"""Required and other fields of the object that each msgtype carries."""


def member_sends(
    sim: Simulator, *, userid: str, external_userid: str, message: dict[str, Any]
) -> dict[str, Any]:
    """Play a member whose page calls sendChatMessage in the chat with a customer: {"err_msg": …}."""
    relation = sim.people.relation(userid, external_userid)
    gone = relation.half or relation.deleted_by_member
    fault = "no permission" if gone else _fault(sim, message)
    if fault:
        return {"err_msg": f"sendChatMessage:fail {fault}"}
    sim.world.chat_messages.append(
        ChatMessage(len(sim.world.chat_messages) + 1, sim.clock(), relation.userid, external_userid, message)
    )
    return {"err_msg": "sendChatMessage:ok"}


def _fault(sim: Simulator, message: dict[str, Any]) -> str:
    kind = str(message.get("msgtype", ""))
    if kind not in _OBJECTS or set(message) - {"enterChat"} != {"msgtype", kind}:
        return "invalid msgtype"
    needed, others = _OBJECTS[kind]
    told = message[kind]
    if not isinstance(told, dict) or not needed <= set(told) <= needed | others:
        return f"invalid {kind}"
    if not all(isinstance(each, str) and (each or name in others) for name, each in told.items()):
        return f"invalid {kind}"
    if kind in _MEDIA:
        media = sim.world.media.get(told["mediaid"])
        if media is None or sim.clock() >= media.created_at + MEDIA_SECONDS:
            return "40007:invalid media_id"
        return "" if (media.scene, media.type) == (UPLOAD, kind) else "40007:invalid media_id"
    for name in {"link", "imgUrl"} & told.keys():
        if told[name] and not told[name].startswith(("http://", "https://")):
            return f"invalid {name}"
    if kind == "miniprogram" and not told["page"].partition("?")[0].endswith(".html"):
        return "invalid page"
    return ""
