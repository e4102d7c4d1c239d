"""Reading groups from WeCom and recording what it says."""

from datetime import UTC, datetime

from scrm.groups import folding
from scrm.groups.model import Group, Member, OwnerState
from scrm.groups.recording import gone, record
from scrm.wecom import group_chats
from scrm.wecom.client import WeCom
from scrm.wecom.errors import UnknownGroup


def read(
    wecom: WeCom, chat_id: str, now: datetime, at: int = 0, listed_as: OwnerState | None = None
) -> Group | None:
    """Make a group what WeCom says it is; return it, None for one that nobody knows.

    One that is gone is dismissed, since `at` (unix seconds) or now; one that WeCom has just listed is not,
    whatever we took it for. Safe to repeat. Raises WeComError but UnknownGroup.
    """
    try:
        answer = group_of(group_chats.get(wecom, chat_id))
    except UnknownGroup:
        return gone(chat_id, at, now)
    return record(chat_id, lambda before: folding.read(before, answer, now, listed_as))


def group_of(answer: group_chats.GroupChat) -> Group:
    """Return WeCom's answer as a group."""
    created = datetime.fromtimestamp(answer.created_at, UTC) if answer.created_at else None
    return Group(
        answer.chat_id,
        name=answer.name,
        owner=answer.owner,
        notice=answer.notice,
        created_at=created,
        admins=answer.admins,
        members=tuple(
            Member(each.id, each.kind == 2, each.joined_at, each.scene, each.state) for each in answer.members
        ),
        member_version=answer.version,
    )
