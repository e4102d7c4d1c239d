"""How channels look from the console."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from scrm.admin.channel_models import ChannelDetail, ChannelOut, FallenOut, PreviewOut, TodayOut
from scrm.channel_codes import dynamodb as stored
from scrm.channel_codes.model import Add, Channel
from scrm.channel_codes.roster import (
    able_members,
    distributed_by_wecom,
    eligible,
    forecast,
    on_shift,
    standing,
)
from scrm.staff.model import Directory, key


def out(channel: Channel) -> ChannelOut:
    """Return a channel as lists show it."""
    return ChannelOut.model_validate(_plain(channel))


def detail(channel: Channel, directory: Directory, now: datetime) -> ChannelDetail:
    """Return a channel with its day."""
    adds = stored.adds_on(channel.channel_id, stored.day(now))
    return ChannelDetail.model_validate(
        {**_plain(channel), "today": _today(channel, directory, adds, now), "added_today": len(adds)}
    )


def preview_of(channel: Channel, directory: Directory, now: datetime, scans: int) -> PreviewOut:
    """Return how the next scans fall."""
    adds = stored.adds_on(channel.channel_id, stored.day(now)) if channel.channel_id else []
    able = able_members(channel, directory)
    fallen = forecast(channel.staff, able, adds, now, scans)
    free = eligible(channel.staff, able, standing(channel.staff, able, adds), now)
    return PreviewOut(
        scans=scans,
        distributed_by="wecom" if distributed_by_wecom(free) else "turns",
        members=[
            FallenOut(userid=userid, name=directory.name_of(userid), scans=count)
            for userid, count in fallen.scans.items()
        ],
        beyond=fallen.beyond,
        fallback=[userid for userid in channel.fallback if key(userid) in able],
    )


def summary(channel: Channel) -> dict[str, Any]:
    """Return what the audit log keeps of a channel: no welcome text, only how long it is."""
    return {
        "name": channel.name,
        "kind": channel.kind,
        "status": channel.status,
        "staff": [asdict(each) for each in channel.staff],
        "fallback": list(channel.fallback),
        "tags": list(channel.tags),
        "welcome_bytes": len(channel.welcome.text.encode()),
        "welcome_attachments": [each.kind for each in channel.welcome.attachments],
        "skip_verify": channel.skip_verify,
        "remark": channel.remark,
        "product_code": channel.product_code,
    }


def _today(channel: Channel, directory: Directory, adds: list[Add], now: datetime) -> list[TodayOut]:
    able = able_members(channel, directory)
    day = standing(channel.staff, able, adds)
    free = {entry.userid for entry in eligible(channel.staff, able, day, now)}
    return [
        TodayOut(
            userid=entry.userid,
            name=directory.name_of(entry.userid),
            added=day.count(entry),
            daily_cap=entry.daily_cap,
            on_shift=on_shift(entry, now),
            may_take=entry.userid in free,
        )
        for entry in channel.staff
    ]


def _plain(channel: Channel) -> dict[str, Any]:
    return {
        **asdict(channel),
        "state": channel.state,
        "welcome": {
            "text": channel.welcome.text,
            "attachments": [each.payload() for each in channel.welcome.attachments],
        },
    }
