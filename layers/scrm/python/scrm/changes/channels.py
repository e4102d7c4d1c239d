"""What follows for channel codes from a change of a channel or a member. Pure."""

from collections.abc import Iterable
from datetime import datetime

from scrm.changes.effects import Refreshed, Told
from scrm.channel_codes.model import Channel
from scrm.notices.model import notice
from scrm.staff.model import Member, key


def channel_changed(old: Channel | None, new: Channel | None) -> list[Refreshed]:
    """Return the refresh a channel needs when an administrator changed whom it leads to.

    What a refresh itself writes (the members on the code, their number) asks for nothing.
    """
    if old is None or new is None or _leads_to(old) == _leads_to(new):
        return []
    return [Refreshed(new.channel_id, "changed", f"{new.channel_id}#{new.version}")]


def _leads_to(channel: Channel) -> tuple[object, ...]:
    shown = channel.name, channel.remark, channel.skip_verify
    return channel.staff, channel.fallback, shown, channel.status in {"paused", "unknown"}


def code_in_trouble(old: Channel | None, new: Channel | None) -> list[Told]:
    """Return the alert to who made the channel: nobody on it can take customers, or its code failed."""
    if old is None or new is None or not new.created_by:
        return []
    at = datetime.fromisoformat(new.updated_at)
    if new.nobody_since and not old.nobody_since:
        told = "已转由备用成员接待" if new.fallback else "请调整成员、排班或上限"
        title = f"渠道活码「{new.name}」没有可接待的成员，{told}"
        return [_alert(new, title, f"nobody#{new.nobody_since}", at)]
    if new.failure and new.failure != old.failure:
        return [_alert(new, f"渠道活码「{new.name}」：{new.failure}", f"failure#{new.revision}", at)]
    return []


def _alert(channel: Channel, title: str, cause: str, at: datetime) -> Told:
    source = f"{channel.channel_id}#{cause}"
    return Told(notice("alert", channel.created_by, at, source, facts={"title": title}))


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
