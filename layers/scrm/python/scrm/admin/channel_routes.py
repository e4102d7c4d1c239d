"""/admin/channels: channel codes 渠道活码 (spec IDN-10, IDN-16, IDN-18, IDN-19)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from scrm.admin.audited import audited, no_effect
from scrm.admin.channel_checks import checked_staff, checked_tags
from scrm.admin.channel_models import (
    ChannelDetail,
    ChannelEdit,
    ChannelIn,
    ChannelOut,
    ChannelQuery,
    PreviewIn,
    PreviewOut,
    PreviewQuery,
    VersionIn,
)
from scrm.admin.channel_views import detail, out, preview_of, summary
from scrm.admin.lists import page_of
from scrm.admin.refusals import told_to_people
from scrm.admin.rights import EDIT_CHANNELS, SEE_CHANNELS
from scrm.channel_codes import code
from scrm.channel_codes import dynamodb as stored
from scrm.channel_codes.model import Channel, ChannelStatus
from scrm.http import problems
from scrm.http.fields import Page
from scrm.http.routing import Api, Request
from scrm.staff.dynamodb import load_directory
from scrm.staff.model import Directory
from scrm.table import rfc3339
from scrm.wecom.client import WeCom


def declare(api: Api, wecom: Callable[[], WeCom]) -> None:
    """Add the routes; `wecom` gives the process's client."""
    see: dict[str, Any] = {"roles": SEE_CHANNELS, "scope": "corp"}
    edit: dict[str, Any] = {"roles": EDIT_CHANNELS, "scope": "corp"}
    api.route("GET", "/admin/channels", **see, query=ChannelQuery, answers=Page[ChannelOut])(listed)
    api.route("GET", "/admin/channels/{channel_id}", **see, answers=ChannelDetail)(one)
    api.route("GET", "/admin/channels/{channel_id}:preview", **see, query=PreviewQuery, answers=PreviewOut)(
        preview
    )
    api.route("POST", "/admin/channels:preview", **see, body=PreviewIn, answers=PreviewOut)(preview_unsaved)
    api.route("POST", "/admin/channels/{channel_id}:pause", **edit, body=VersionIn, answers=ChannelDetail)(
        pause
    )
    api.route("POST", "/admin/channels/{channel_id}:resume", **edit, body=VersionIn, answers=ChannelDetail)(
        resume
    )

    @api.route("POST", "/admin/channels", **edit, body=ChannelIn, answers=ChannelDetail, status=201)
    def create(request: Request) -> ChannelDetail:
        """Make a channel code at WeCom."""
        return created(request, wecom())

    @api.route("PUT", "/admin/channels/{channel_id}", **edit, body=ChannelEdit, answers=ChannelDetail)
    def change(request: Request) -> ChannelDetail:
        """Edit a channel; its code follows within seconds."""
        return changed_by(request, wecom())

    @api.route("DELETE", "/admin/channels/{channel_id}", **edit, answers=ChannelDetail)
    def remove(request: Request) -> ChannelDetail:
        """Delete a channel's code at WeCom; the channel is kept as archived."""
        return archived(request, wecom())


def created(request: Request, wecom: WeCom) -> ChannelDetail:
    """Write the intent, make the code, keep its id; a repetition goes on where the first one stopped."""
    asked: ChannelIn = request.body
    directory = load_directory()
    channel_id = request.new_id("ch")
    channel = stored.channel(channel_id)
    if channel is None:
        at = rfc3339(request.now)
        wanted = Channel(
            channel_id=channel_id,
            name=asked.name,
            kind=asked.kind,
            staff=checked_staff(asked.staff, directory),
            fallback=tuple(asked.fallback),
            tags=checked_tags(asked.tags, wecom),
            welcome=asked.welcome.welcome(),
            skip_verify=asked.skip_verify,
            remark=asked.remark,
            product_code=asked.product_code,
            created_by=request.staff.userid,
            created_at=at,
            updated_at=at,
        )
        channel = replace(wanted, pending_code=_first_roster(wanted, directory, request.now))
        step = stored.put_step(channel)
        audited(request, "channel_created", f"CHANNEL#{channel_id}", None, summary(channel), [step])
        with told_to_people():
            channel = code.make(channel, wecom, request.now)
    elif channel.status in {"creating", "unknown", "failed"}:
        with told_to_people():
            channel = code.settle(channel, wecom, request.now)
    return detail(channel, directory, request.now)


def _first_roster(channel: Channel, directory: Directory, now: datetime) -> tuple[str, ...]:
    try:
        return code.first_roster(channel, directory, now)
    except code.NobodyToTakeCustomers:
        raise problems.invalid_field("staff", "没有可以接待客户的成员：须在职并已开通“客户联系”") from None


def listed(request: Request) -> Page[ChannelOut]:
    """The channel codes, newest first."""
    asked: ChannelQuery = request.query
    rows = [each for each in stored.channels() if _wanted(each, asked)]
    page, cursor = page_of("CHANNELS", rows, _newest_first, asked.limit, asked.cursor)
    return Page(items=[out(each) for each in page], next_cursor=cursor)


def _wanted(channel: Channel, asked: ChannelQuery) -> bool:
    shown = channel.status == asked.status if asked.status else channel.status != "archived"
    return (
        shown
        and (asked.kind is None or channel.kind == asked.kind)
        and (asked.q or "").lower() in channel.name.lower()
    )


def _newest_first(channel: Channel) -> str:
    turned = "".join(chr(ord("9") - int(digit)) if digit.isdigit() else digit for digit in channel.created_at)
    return f"{turned}#{channel.channel_id}"


def one(request: Request) -> ChannelDetail:
    """One channel code, who is on it now, and the adds of today."""
    return detail(_channel(request), load_directory(), request.now)


def changed_by(request: Request, wecom: WeCom) -> ChannelDetail:
    """Store what is given over the version that was read."""
    asked: ChannelEdit = request.body
    channel = _channel(request)
    _same_version(channel, asked.version)
    if channel.status == "archived":
        raise problems.conflict("channel_archived", "渠道活码已删除，不能再修改")
    directory = load_directory()
    given: dict[str, Any] = {
        name: getattr(asked, name)
        for name in asked.model_fields_set - {"version"}
        if getattr(asked, name) is not None
    }
    if asked.staff is not None:
        given["staff"] = checked_staff(asked.staff, directory)
    if asked.fallback is not None:
        given["fallback"] = tuple(asked.fallback)
    if asked.tags is not None:
        given["tags"] = checked_tags(asked.tags, wecom)
    if asked.welcome is not None:
        given["welcome"] = asked.welcome.welcome()
    changed = replace(channel, **given)
    if (changed.remark, changed.name, changed.skip_verify) != (
        channel.remark,
        channel.name,
        channel.skip_verify,
    ):
        # Not confirmed at WeCom any more: the refresh sets it again.
        changed = replace(changed, pending_code=channel.pending_code or channel.on_code)
    return detail(_stored(request, "channel_changed", channel, changed), directory, request.now)


def pause(request: Request) -> ChannelDetail:
    """Stop a channel: its code leads to the fallback members alone, without welcome and tags.

    WeCom cannot switch a code off without deleting it; without fallback members it keeps its staff.
    """
    return _moved(request, "active", "paused", "channel_paused")


def resume(request: Request) -> ChannelDetail:
    """Let a paused channel go on."""
    return _moved(request, "paused", "active", "channel_resumed")


def _moved(request: Request, before: ChannelStatus, after: ChannelStatus, action: str) -> ChannelDetail:
    channel = _channel(request)
    if request.body.version is not None:
        _same_version(channel, request.body.version)
    if channel.status == after:
        no_effect(request)
        return detail(channel, load_directory(), request.now)
    if channel.status != before:
        raise problems.conflict("wrong_status", "渠道活码当前状态不允许此操作", status_is=channel.status)
    changed = _stored(request, action, channel, replace(channel, status=after))
    return detail(changed, load_directory(), request.now)


def archived(request: Request, wecom: WeCom) -> ChannelDetail:
    """Delete the code, then keep the channel as archived. Repeating is safe."""
    channel = _channel(request)
    if channel.status == "archived":
        no_effect(request)
        return detail(channel, load_directory(), request.now)
    with told_to_people():
        if channel.status in {"creating", "unknown"}:
            # A code may have been made that nobody knows of: find it, so that it can be deleted.
            channel = code.found(channel, wecom, request.now) or channel
        code.delete(channel, wecom)
    gone = replace(channel, status="archived", on_code=(), pending_code=None, nobody_since="")
    changed = _stored(request, "channel_archived", channel, gone)
    return detail(changed, load_directory(), request.now)


def preview(request: Request) -> PreviewOut:
    """How the channel's next scans fall on its members, by the very rule that sets the code."""
    channel = _channel(request)
    return preview_of(channel, load_directory(), request.now, request.query.scans)


def preview_unsaved(request: Request) -> PreviewOut:
    """How the next scans would fall with a roster that is not saved yet."""
    asked: PreviewIn = request.body
    no_effect(request)
    directory = load_directory()
    saved = stored.channel(asked.channel_id) if asked.channel_id else None
    trial = replace(
        saved or Channel(channel_id=asked.channel_id or "", name="", kind="content", status="active"),
        staff=checked_staff(asked.staff, directory),
        fallback=tuple(asked.fallback),
    )
    return preview_of(trial, directory, request.now, asked.scans)


def _channel(request: Request) -> Channel:
    channel = stored.channel(request.params["channel_id"])
    if channel is None:
        raise problems.not_found("没有这个渠道活码")
    return channel


def _same_version(channel: Channel, version: int) -> None:
    if channel.version != version:
        raise problems.version_conflict()


def _stored(request: Request, action: str, before: Channel, after: Channel) -> Channel:
    now_is = replace(
        after,
        version=before.version + 1,
        revision=before.revision + 1,
        updated_at=rfc3339(request.now),
    )
    old, new = summary(before), summary(now_is)
    changed = [name for name in new if old[name] != new[name]]
    audited(
        request,
        action,
        f"CHANNEL#{before.channel_id}",
        {name: old[name] for name in changed},
        {name: new[name] for name in changed},
        [stored.put_step(now_is)],
    )
    return now_is
