"""How a customer came: the channel code or the serial code that a state names."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scrm.channel_codes.dynamodb import SerialRow, channel_by_state
from scrm.channel_codes.model import Channel
from scrm.customers.welcoming import Message, filled
from scrm.staff.dynamodb import member


@dataclass(frozen=True)
class Entry:
    """What stands behind a state; nothing for any other. `origin` is what a dynamic code carries (IDN-12)."""

    channel: Channel | None = None
    crmid: str | None = None
    origin: Mapping[str, Any] | None = None

    @property
    def channel_id(self) -> str:
        """Return the channel's id, "" without one."""
        return self.channel.channel_id if self.channel else ""

    @property
    def product_code(self) -> str:
        """Return what a customer who comes this way is interested in (IDN-09), "" where nothing says so."""
        return self.channel.product_code if self.channel else ""

    @property
    def tag_ids(self) -> tuple[str, ...]:
        """Return the tags a customer who comes this way gets (IDN-14)."""
        return self.channel.tags if self.channel and self.channel.speaks else ()

    def welcome(self, userid: str, now: datetime) -> Message | None:
        """Return the welcome a customer who comes this way reads (IDN-19), None when there is none.

        That of a SOP goes before the channel's own (SOP-15). Reads the member's name when the text asks for
        it. 0.5 RRU then, and 1 for the SOPs of a channel that has some.
        """
        if self.channel is None or not self.channel.speaks:
            return None
        if self.channel.sops and (message := _of_sops(self.channel, userid, now)):
            return message
        if self.channel.welcome.is_empty:
            return None
        text = self.channel.welcome.text
        staff = _name_of(userid) if "{staff}" in text else ""
        attachments = tuple(each.payload() for each in self.channel.welcome.attachments)
        return Message(filled(text, staff), attachments)


def _of_sops(channel: Channel, userid: str, now: datetime) -> Message | None:
    from scrm.sops.welcoming import message_of  # imported late: most channels have no SOP

    return message_of(channel, userid, now)


def entry_of(state: str) -> Entry:
    """Return what stands behind a state. 0.5 RRU for a channel code, up to 1 for a serial or dynamic one."""
    if state.startswith("sc_"):
        return _serial(state)
    if state.startswith("dy_"):
        return _dynamic(state)
    return Entry(channel=channel_by_state(state))


def _serial(state: str) -> Entry:
    try:
        row = SerialRow.get(f"SERIAL#{state}", "SERIAL")
    except SerialRow.DoesNotExist:
        return Entry()
    channel = channel_by_state(row.channel_id) if row.channel_id else None
    return Entry(channel, row.crmid)


def _dynamic(state: str) -> Entry:
    from scrm.h5.dynamodb import dynamic_code  # imported late: most come through plain channel codes

    code = dynamic_code(state)
    if code is None:
        return Entry()
    channel = channel_by_state(code.channel_id) if code.channel_id else None
    return Entry(channel, origin={"cid": code.cid, "params": dict(code.params)})


def _name_of(userid: str) -> str:
    found = member(userid)
    return found.name if found else ""
