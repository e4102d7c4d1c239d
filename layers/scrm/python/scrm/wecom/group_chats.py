"""Customer groups 客户群 as WeCom knows them, and their change of owner. WeCom documents 92120, 92122, 92127.

What groupchat/get answers may be older than the event that asks for it. A change of owner has no result to
ask for: after UnknownOutcome groupchat/get says who owns a group now.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from scrm.wecom.checks import at_most, required
from scrm.wecom.client import WeCom

PAGE = 100
MOST_OWNERS = 100
MOST_CHATS = 100
_GROUPS = "/cgi-bin/externalcontact/groupchat"


@dataclass(frozen=True)
class ChatMember:
    """Who is in a group; `kind`: 1 a member of the corp, 2 from outside. `joined_at` in unix seconds."""

    id: str
    kind: int
    joined_at: int
    scene: int
    state: str


@dataclass(frozen=True)
class GroupChat:
    """One group. `created_at` in unix seconds, 0 where WeCom gives none."""

    chat_id: str
    name: str
    owner: str
    created_at: int
    notice: str
    members: tuple[ChatMember, ...]
    admins: tuple[str, ...]
    version: str


@dataclass(frozen=True)
class ChatPage:
    """A page of (chat_id, status 0 normal, 1 owner left, 2, 3 handed over); no cursor at the end."""

    rows: tuple[tuple[str, int], ...]
    next_cursor: str


def get(wecom: WeCom, chat_id: str) -> GroupChat:
    """Return a group with its members. Raises UnknownGroup where it is gone, OutOfRange."""
    body = {"chat_id": chat_id, "need_name": 0}
    row = wecom.call("POST", f"{_GROUPS}/get", json=body, idempotent=True).get("group_chat") or {}
    return GroupChat(
        chat_id,
        str(row.get("name") or ""),
        str(row.get("owner") or ""),
        int(row.get("create_time") or 0),
        str(row.get("notice") or ""),
        tuple(_member(each) for each in row.get("member_list") or ()),
        tuple(str(each.get("userid") or "") for each in row.get("admin_list") or ()),
        str(row.get("member_version") or ""),
    )


def page(wecom: WeCom, status: int = 0, owners: Sequence[str] = (), cursor: str = "") -> ChatPage:
    """Return a page of groups: `status` 0 all, 1 those whose owner left; of some owners or of everybody.

    Raises NeedsOwners where the app sees so many members that WeCom asks for owners, CursorExpired.
    """
    at_most("userid_list", owners, MOST_OWNERS)
    body: dict[str, Any] = {"status_filter": status, "limit": PAGE}
    if owners:
        body["owner_filter"] = {"userid_list": list(owners)}
    if cursor:
        body["cursor"] = cursor
    answer = wecom.call("POST", f"{_GROUPS}/list", json=body, idempotent=True)
    rows = (
        (str(each["chat_id"]), int(each.get("status") or 0)) for each in answer.get("group_chat_list", [])
    )
    return ChatPage(tuple(rows), str(answer.get("next_cursor") or ""))


def onjob_transfer(wecom: WeCom, chat_ids: Sequence[str], new_owner: str) -> dict[str, int]:
    """Give groups of employed owners to another member; return the code of each that WeCom did not give.

    Not to be repeated blindly. Raises BreaksLimit and Missing before anything is asked; Throttled, Refused.
    """
    return _transfer(wecom, "onjob_transfer", chat_ids, new_owner)


def transfer(wecom: WeCom, chat_ids: Sequence[str], new_owner: str) -> dict[str, int]:
    """Give groups whose owner left to another member; as `onjob_transfer`."""
    return _transfer(wecom, "transfer", chat_ids, new_owner)


def _transfer(wecom: WeCom, call: str, chat_ids: Sequence[str], new_owner: str) -> dict[str, int]:
    at_most("客户群", chat_ids, MOST_CHATS)
    required("新群主", new_owner)
    body = {"chat_id_list": list(chat_ids), "new_owner": new_owner}
    answer = wecom.call("POST", f"{_GROUPS}/{call}", json=body, idempotent=False)
    failed = answer.get("failed_chat_list") or ()
    return {str(each["chat_id"]): int(each.get("errcode") or -1) for each in failed}


def _member(row: dict[str, Any]) -> ChatMember:
    return ChatMember(
        str(row.get("userid") or ""),
        int(row.get("type") or 0),
        int(row.get("join_time") or 0),
        int(row.get("join_scene") or 0),
        str(row.get("state") or ""),
    )
