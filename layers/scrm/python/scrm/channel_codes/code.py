"""A channel's code at WeCom: made once, kept true to the roster, deleted (spec IDN-10, IDN-18).

What is meant is written before WeCom is asked, and its answer afterwards. Making a code twice would leave
one that nobody knows of, so after an unknown outcome WeCom's codes are looked through for the channel's
state before it is asked again. Setting the members repeats without harm.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from scrm.channel_codes import dynamodb as stored
from scrm.channel_codes.dynamodb import ChannelChanged, SerialRow
from scrm.channel_codes.model import Add, Channel
from scrm.channel_codes.roster import OnCode, needs_counting, on_code
from scrm.staff.model import Directory
from scrm.table import rfc3339
from scrm.wecom import contact_ways
from scrm.wecom.catalogue import explain
from scrm.wecom.client import WeCom
from scrm.wecom.contact_ways import ContactWay, NewContactWay
from scrm.wecom.errors import Refused, UnknownContactWay, UnknownOutcome

REMARK_LENGTH = 30
ATTEMPTS = 5
LOOKED_AROUND = timedelta(minutes=15)

Outcome = Literal["unknown_channel", "at_rest", "unchanged", "changed", "nobody", "failed"]


class NobodyToTakeCustomers(RuntimeError):
    """No member of the roster or fallback may be on a code now, and WeCom refuses a code without members."""


def first_roster(channel: Channel, directory: Directory, now: datetime) -> tuple[str, ...]:
    """Return whom a new channel's code leads to; raises NobodyToTakeCustomers.

    Outside every shift, without fallback, that is everybody able: a code cannot be made without members.
    """
    wanted = on_code(channel, directory, (), now)
    if wanted.userids:
        return wanted.userids
    unbound = replace(channel, staff=tuple(replace(each, shifts=()) for each in channel.staff))
    wanted = on_code(unbound, directory, (), now)
    if not wanted.userids:
        raise NobodyToTakeCustomers(channel.channel_id)
    return wanted.userids


def make(channel: Channel, wecom: WeCom, now: datetime) -> Channel:
    """Make the code of a channel whose row says `creating`, and return the channel as it stands then.

    Raises Refused (the row says failed), or the errors after which nothing was done (the row says
    creating, and the worker goes on). An unknown outcome leaves the row `unknown`, to be settled.
    """
    userids = channel.pending_code or ()
    try:
        code = contact_ways.add_contact_way(
            wecom,
            userids=userids,
            state=channel.state,
            remark=_remark(channel),
            skip_verify=channel.skip_verify,
            multi=True,
        )
    except UnknownOutcome:
        return _put(replace(channel, status="unknown"), now)
    except Refused as error:
        _put(replace(channel, status="failed", failure=explain(error.errcode).sentence), now)
        raise
    return _made(channel, code, userids, now)


def settle(channel: Channel, wecom: WeCom, now: datetime) -> Channel:
    """Find out whether the code of a `creating`, `unknown` or `failed` channel was made; make it if not."""
    return found(channel, wecom, now) or make(channel, wecom, now)


def found(channel: Channel, wecom: WeCom, now: datetime) -> Channel | None:
    """Return the channel with the code that WeCom has for its state, None when there is none."""
    for config_id in made_around(wecom, datetime.fromisoformat(channel.created_at), now):
        code = contact_ways.contact_way(wecom, config_id)
        if code.state == channel.state:
            return _made(channel, code, code.userids, now)
    return None


def refresh(
    channel_id: str, wecom: WeCom, directory: Directory, now: datetime, *, after_add: bool = False
) -> Outcome:
    """Put the members on the channel's code who may take customers at `now`. Safe to repeat.

    `after_add` says that only an add happened: then a channel that counts nothing has nothing to do.
    Raises the errors of WeCom after which trying later helps.
    """
    for _ in range(ATTEMPTS):
        channel = stored.channel(channel_id)
        if channel is None:
            return "unknown_channel"
        try:
            return _refreshed(channel, wecom, directory, now, after_add=after_add)
        except ChannelChanged:
            continue
    raise ChannelChanged(channel_id)


def delete(channel: Channel, wecom: WeCom) -> None:
    """Delete the channel's code at WeCom. Safe to repeat: a code that is gone is what was wanted."""
    if not channel.config_id:
        return
    try:
        contact_ways.delete_contact_way(wecom, channel.config_id)
    except UnknownContactWay:
        return


def adds_today(channel: Channel, now: datetime) -> list[Add]:
    """Return today's adds, oldest first, where the channel's code depends on them."""
    return stored.adds_on(channel.channel_id, stored.day(now)) if needs_counting(channel) else []


def _refreshed(
    channel: Channel, wecom: WeCom, directory: Directory, now: datetime, *, after_add: bool
) -> Outcome:
    if channel.status in {"archived", "failed"}:
        return "at_rest"
    if channel.status in {"creating", "unknown"}:
        settle(channel, wecom, now)
        return "changed"
    if after_add and channel.pending_code is None and not needs_counting(channel):
        return "unchanged"
    wanted = on_code(channel, directory, adds_today(channel, now), now)
    channel = _noted(channel, wanted, now)
    if wanted.userids == channel.on_code and channel.pending_code is None:
        return "nobody" if wanted.why == "nobody" else "unchanged"
    return _updated(channel, wanted.userids, wecom, now)


def _noted(channel: Channel, wanted: OnCode, now: datetime) -> Channel:
    """Return the channel with since when nobody may take a customer; the change of it raises the alert."""
    empty = wanted.why in {"nobody", "fallback"} and channel.status == "active"
    if empty == bool(channel.nobody_since):
        return channel
    return _put(replace(channel, nobody_since=rfc3339(now) if empty else ""), now)


def _updated(channel: Channel, userids: tuple[str, ...], wecom: WeCom, now: datetime) -> Outcome:
    if channel.pending_code != userids:
        channel = _put(replace(channel, pending_code=userids), now)
    try:
        contact_ways.update_contact_way(
            wecom,
            channel.config_id,
            userids=userids,
            remark=_remark(channel),
            skip_verify=channel.skip_verify,
        )
    except UnknownContactWay as error:
        _put(replace(channel, status="failed", failure=explain(error.errcode).sentence), now)
        return "failed"
    except Refused as error:
        _put(replace(channel, failure=explain(error.errcode).sentence), now)
        return "failed"
    _put(replace(channel, on_code=userids, pending_code=None, failure=""), now)
    return "changed"


def made_around(wecom: WeCom, created: datetime, now: datetime) -> Iterator[str]:
    """Yield the config ids of the codes this app made from shortly before `created` until after `now`."""
    start, end = created - LOOKED_AROUND, now + LOOKED_AROUND
    cursor: str | None = None
    while True:
        found, cursor = contact_ways.contact_way_ids(
            wecom, int(start.timestamp()), int(end.timestamp()), cursor
        )
        yield from found
        if cursor is None:
            return


def _made(
    channel: Channel, code: NewContactWay | ContactWay, userids: tuple[str, ...], now: datetime
) -> Channel:
    return _put(
        replace(
            channel,
            status="active",
            failure="",
            config_id=code.config_id,
            qr_code=code.qr_code,
            on_code=userids,
            pending_code=None,
        ),
        now,
    )


def _put(channel: Channel, now: datetime) -> Channel:
    changed = replace(channel, revision=channel.revision + 1, updated_at=rfc3339(now))
    stored.put(changed)
    return changed


def _remark(channel: Channel) -> str:
    return (channel.remark or channel.name)[:REMARK_LENGTH]


def make_serial_code(state: str, wecom: WeCom, now: datetime) -> str:
    """Make the QR code of a serial code; return what became of it. Safe to repeat.

    WeCom's codes are looked through for the state first, so that a killed worker leaves no second one.
    """
    row = SerialRow.get(f"SERIAL#{state}", "SERIAL", consistent_read=True)
    if row.status != "creating":
        return str(row.status)
    for config_id in made_around(wecom, datetime.fromisoformat(row.created_at), now):
        standing = contact_ways.contact_way(wecom, config_id)
        if standing.state == state:
            return _serial_made(row, standing.config_id, standing.qr_code)
    try:
        fresh = contact_ways.add_contact_way(
            wecom, userids=list(row.userids), state=state, remark="串码", multi=True
        )
    except Refused as error:
        row.update(
            actions=[SerialRow.status.set("failed"), SerialRow.failure.set(explain(error.errcode).sentence)]
        )
        return "failed"
    return _serial_made(row, fresh.config_id, fresh.qr_code)


def _serial_made(row: SerialRow, config_id: str, qr_code: str) -> str:
    row.update(
        actions=[
            SerialRow.status.set("active"),
            SerialRow.config_id.set(config_id),
            SerialRow.qr_code.set(qr_code),
        ]
    )
    return "active"
