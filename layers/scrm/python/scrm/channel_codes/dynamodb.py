"""Rows of channel codes, of the adds through them, and of serial codes."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
)
from pynamodb.exceptions import PutError
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from scrm.channel_codes.model import Add, Attachment, Channel, RosterEntry, Shift, Welcome
from scrm.settings.model import BEIJING
from scrm.staff.model import key
from scrm.table import Row, rfc3339

CHANNELS = "CHANNELS"


class ChannelRow(Row):
    """One channel code."""

    name = UnicodeAttribute()
    kind = UnicodeAttribute()
    staff: JSONAttribute = JSONAttribute()
    fallback: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute)
    tags: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute)
    welcome: JSONAttribute = JSONAttribute()
    skip_verify = BooleanAttribute(default=True)
    remark = UnicodeAttribute(null=True)
    product_code = UnicodeAttribute(null=True)
    sops: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute, null=True)
    status = UnicodeAttribute()
    failure = UnicodeAttribute(null=True)
    config_id = UnicodeAttribute(null=True)
    qr_code = UnicodeAttribute(null=True)
    on_code: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute)
    pending_code: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute, null=True)
    nobody_since = UnicodeAttribute(null=True)
    version = NumberAttribute()
    revision = NumberAttribute()
    created_by = UnicodeAttribute(null=True)
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()

    def entity(self) -> Channel:
        """Return the row as the rest of the product knows it."""
        return Channel(
            channel_id=self.sk.partition("#")[2],
            name=self.name,
            kind=self.kind,  # type: ignore[arg-type]  # only our own writer fills it
            staff=tuple(_entry(each) for each in self.staff),
            fallback=tuple(self.fallback),
            tags=tuple(self.tags),
            welcome=_welcome(self.welcome),
            skip_verify=self.skip_verify,
            remark=self.remark or "",
            product_code=self.product_code or "",
            sops=tuple(self.sops or ()),
            status=self.status,  # type: ignore[arg-type]  # only our own writer fills it
            failure=self.failure or "",
            config_id=self.config_id or "",
            qr_code=self.qr_code or "",
            on_code=tuple(self.on_code),
            pending_code=None if self.pending_code is None else tuple(self.pending_code),
            nobody_since=self.nobody_since or "",
            version=int(self.version),
            revision=int(self.revision),
            created_by=self.created_by or "",
            created_at=self.created_at,
            updated_at=self.updated_at,
        )

    @classmethod
    def of(cls, channel: Channel) -> "ChannelRow":
        """Return the row of a channel."""
        return cls(
            CHANNELS,
            f"CHANNEL#{channel.channel_id}",
            name=channel.name,
            kind=channel.kind,
            staff=[asdict(each) for each in channel.staff],
            fallback=list(channel.fallback),
            tags=list(channel.tags),
            welcome={
                "text": channel.welcome.text,
                "attachments": [[each.kind, dict(each.fields)] for each in channel.welcome.attachments],
            },
            skip_verify=channel.skip_verify,
            remark=channel.remark or None,
            product_code=channel.product_code or None,
            sops=list(channel.sops) or None,
            status=channel.status,
            failure=channel.failure or None,
            config_id=channel.config_id or None,
            qr_code=channel.qr_code or None,
            on_code=list(channel.on_code),
            pending_code=None if channel.pending_code is None else list(channel.pending_code),
            nobody_since=channel.nobody_since or None,
            version=channel.version,
            revision=channel.revision,
            created_by=channel.created_by or None,
            created_at=channel.created_at,
            updated_at=channel.updated_at,
        )


class AddRow(Row):
    """One customer who came through a channel; caps and reports count these."""

    userid = UnicodeAttribute()
    at = UnicodeAttribute()
    event_id = UnicodeAttribute()


class SerialRow(Row):
    """One serial code 串码: whoever adds through it is the CRM's `crmid`."""

    crmid = UnicodeAttribute()
    channel_id = UnicodeAttribute(null=True)
    config_id = UnicodeAttribute(null=True)
    qr_code = UnicodeAttribute(null=True)
    userids: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute)
    status = UnicodeAttribute()
    failure = UnicodeAttribute(null=True)
    created_at = UnicodeAttribute()


def channel(channel_id: str) -> Channel | None:
    """Return the channel as stored now, or None. 1 RRU (strong)."""
    try:
        return ChannelRow.get(CHANNELS, f"CHANNEL#{channel_id}", consistent_read=True).entity()
    except ChannelRow.DoesNotExist:
        return None


def channel_by_state(state: str) -> Channel | None:
    """Return the channel whose code carries `state`, or None for any other state. 0.5 RRU by bytes.

    The state is the channel's id, so this is a read by key; archived channels are found too, since a
    printed code may still be scanned.
    """
    if not state.startswith("ch_"):
        return None
    try:
        return ChannelRow.get(CHANNELS, f"CHANNEL#{state}").entity()
    except ChannelRow.DoesNotExist:
        return None


def channels() -> list[Channel]:
    """Return every channel, archived ones too: one query, by bytes."""
    return [row.entity() for row in ChannelRow.query(CHANNELS, ChannelRow.sk.startswith("CHANNEL#"))]


class ChannelChanged(RuntimeError):
    """Another write came first; nothing was written."""


def put_step(now_is: Channel) -> Callable[[TransactWrite], None]:
    """Return the transaction step that stores a channel as the revision after the one that was read."""
    row = ChannelRow.of(now_is)
    return lambda transaction: transaction.save(row, condition=_unchanged(now_is))


def put(now_is: Channel) -> None:
    """Store a channel as the revision after the one that was read; revision 1 is a new channel.

    Raises ChannelChanged when another write came first.
    """
    try:
        ChannelRow.of(now_is).save(condition=_unchanged(now_is))
    except PutError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            raise ChannelChanged(now_is.channel_id) from None
        raise


def _unchanged(now_is: Channel) -> Condition:
    if now_is.revision == 1:
        return ChannelRow.revision.does_not_exist()
    return ChannelRow.revision == now_is.revision - 1


def day(at: datetime) -> str:
    """Return the Beijing date of `at`, by which adds are counted, e.g. 2026-03-02."""
    return at.astimezone(BEIJING).date().isoformat()


def record_add(channel_id: str, userid: str, external_userid: str, event_id: str, at: datetime) -> None:
    """Record that a customer came through a channel at `at` (the event's own time). Repeating is safe."""
    place = _add_place(userid, external_userid, event_id, at)
    moment = rfc3339(at.astimezone(UTC))
    AddRow(f"CHANNEL#{channel_id}", place, userid=userid, at=moment, event_id=event_id).save()


def forget_add(channel_id: str, userid: str, external_userid: str, event_id: str, at: datetime) -> None:
    """Take back a recorded add that an earlier event of the same friendship replaces. Repeating is safe."""
    AddRow(f"CHANNEL#{channel_id}", _add_place(userid, external_userid, event_id, at)).delete()


def _add_place(userid: str, external_userid: str, event_id: str, at: datetime) -> str:
    """Return an add's place: a channel's adds are in the order of their time."""
    return f"ADD#{day(at)}#{rfc3339(at.astimezone(UTC))}#{key(userid)}#{external_userid}#{event_id}"


def adds_on(channel_id: str, date: str) -> list[Add]:
    """Return the adds through a channel on a Beijing date, oldest first: one query, by bytes."""
    rows = AddRow.query(f"CHANNEL#{channel_id}", AddRow.sk.startswith(f"ADD#{date}#"), consistent_read=True)
    found = [Add(row.userid, row.at, row.event_id) for row in rows]
    return sorted(found, key=lambda add: (add.at, add.event_id, key(add.userid)))


def crmid_of(state: str) -> str | None:
    """Return the CRM id a serial code's state is bound to, or None for any other state. 0.5 RRU."""
    if not state.startswith("sc_"):
        return None
    try:
        return SerialRow.get(f"SERIAL#{state}", "SERIAL").crmid
    except SerialRow.DoesNotExist:
        return None


def _entry(plain: Mapping[str, Any]) -> RosterEntry:
    shifts = tuple(
        Shift(each["start"], each["end"], tuple(each["weekdays"])) for each in plain.get("shifts", ())
    )
    return replace(
        RosterEntry(plain["userid"], int(plain["weight"]), plain.get("daily_cap")),
        shifts=shifts,
    )


def _welcome(plain: Mapping[str, Any]) -> Welcome:
    attachments = tuple(Attachment(kind, fields) for kind, fields in plain.get("attachments", ()))
    return Welcome(plain.get("text", ""), attachments)
