"""Stream records of channels and members, read into what changed, and what follows from it."""

from scrm.changes.channels import channel_changed, code_in_trouble, needs_channels, staff_changed
from scrm.changes.departures import member_moved
from scrm.changes.effects import Effect, Refreshed
from scrm.changes.images import Change
from scrm.changes.lead_news import member_gone
from scrm.changes.sop_effects import MemberGone
from scrm.channel_codes.dynamodb import ChannelRow, channels
from scrm.staff.dynamodb import STAFF, StaffRow


def of_channel(change: Change) -> list[Effect]:
    """Return what follows from a change of a channel."""
    old, new = (each.entity() if each else None for each in change.images(ChannelRow))
    return [*channel_changed(old, new), *code_in_trouble(old, new)]


def of_serial(change: Change) -> list[Effect]:
    """Return what follows from a new serial code."""
    state = change.pk.partition("#")[2]
    return [Refreshed(state, "serial", state)] if change.is_new else []


def of_staff(change: Change) -> list[Effect]:
    """Return what follows from a change of a member."""
    # A reconciliation keeps rows of members too, below its own key.
    if change.pk != STAFF:
        return []
    before, after = (each.entity() if each else None for each in change.images(StaffRow))
    member = after or before
    gone: list[Effect] = [*member_gone(before, after)]
    cause = f"{member.key}#{member.updated_at}#{after is not None}" if member else ""
    gone += [MemberGone(each.userid, cause) for each in member_gone(before, after)]
    gone += member_moved(before, after)
    if member is None or not needs_channels(before, after):
        return gone
    return [*staff_changed(member, channels(), cause), *gone]
