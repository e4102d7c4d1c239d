"""What an event of a group 客户群 brings about (SVC-13). WeCom's rule of versions: callbacks sheet 2.2."""

from datetime import datetime

from scrm.groups import folding
from scrm.groups.model import Change, Group, Member
from scrm.groups.reading import read
from scrm.groups.recording import gone, record
from scrm.staff.dynamodb import member
from scrm.wecom.client import WeCom
from scrm.wecom.events import CustomerChatChanged

BY_CODE = "3"
_KINDS = {"add_member": "add", "del_member": "del"}


def follow(event: CustomerChatChanged, wecom: WeCom, now: datetime) -> None:
    """Bring a group to where the event leaves it. Safe to repeat, late or out of order.

    Who came or went is applied to the version the event names; everything else, and a version we do not
    have, is read from WeCom. Raises WeComError.
    """
    if event.change == "dismiss":
        gone(event.chat_id, event.at, now)
    elif not _applied(event):
        read(wecom, event.chat_id, now, event.at)


def _applied(event: CustomerChatChanged) -> bool:
    """Apply a change of members to a group that we have; return whether nothing needs to be asked."""
    if event.detail not in _KINDS:
        return False
    change = _change(event)
    asks = True

    def fold(before: Group | None) -> Group | None:
        nonlocal asks
        if before is None or before.status == "dismissed":
            asks = before is None
            return before
        after, asks = folding.changed(before, change)
        return after

    record(event.chat_id, fold)
    return not asks


def _change(event: CustomerChatChanged) -> Change:
    """Return what the event says; of a list of members that was cut short, nothing."""
    whole = event.member_count in {0, len(event.members)}
    scene = 3 if event.join_scene == BY_CODE else 0
    members = tuple(
        Member(each, outside=member(each) is None, joined_at=event.at, scene=scene)
        for each in (event.members if whole else ())
    )
    kind = _KINDS[event.detail]
    return Change(kind, members, event.last_version, event.version, event.at)  # type: ignore[arg-type]
