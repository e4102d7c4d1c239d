"""What follows for channel codes from a change of a channel or a member. Pure."""

from collections.abc import Iterable

from scrm.changes.effects import Refreshed
from scrm.channel_codes.model import Channel
from scrm.staff.model import Member, key


def channel_changed(old: Channel | None, new: Channel | None) -> list[Refreshed]:
    """Return the refresh a channel needs when an administrator changed whom it leads to.

    What a refresh itself writes (the members on the code, their number) asks for nothing.
    """
    if old is None or new is None or _leads_to(old) == _leads_to(new):
        return []
    return [Refreshed(new.channel_id, "changed", f"{new.channel_id}#{new.version}")]


def _leads_to(channel: Channel) -> tuple[object, ...]:
    return channel.staff, channel.fallback, channel.skip_verify, channel.status == "paused"


def needs_channels(old: Member | None, new: Member | None) -> bool:
    """Return whether a member's change may take them off a code or put them back on one."""
    return _able(old) != _able(new)


def _able(member: Member | None) -> bool:
    return member is not None and member.may_take_customers


def staff_changed(member: Member, channels: Iterable[Channel], cause: str) -> list[Refreshed]:
    """Return the refreshes of the channels that name the member."""
    return [
        Refreshed(channel.channel_id, "staff", cause)
        for channel in channels
        if channel.status in {"active", "paused"} and member.key in _named(channel)
    ]


def _named(channel: Channel) -> set[str]:
    return {key(each.userid) for each in channel.staff} | {key(each) for each in channel.fallback}
