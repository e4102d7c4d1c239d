"""A send 发送记录: one item given to one customer by one member, and what became of it. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from scrm.library.model import Kind

SendKind = Literal["script", "material", "product"]
SEND_KINDS: tuple[SendKind, ...] = get_args(SendKind)
"""What is sent of the libraries; articles are read."""

SentKind = Literal["script", "material", "product", "sop"]
"""What a send is of: an item, or a step of a SOP (its id `<sop_id>.<step_key>`, its number the version)."""

CountedKind = Kind | SentKind
"""Of what statistics are kept."""

Status = Literal["prepared", "sent"]
Evidence = Literal["told", "opened"]
"""How we know that it was sent: the client told of the SDK's success, or the customer opened its link."""

Happening = Literal["open", "forward"]
Via = Literal["link", "card"]

PREPARED_KEPT = timedelta(days=30)
"""So long may a payload that was handed out be sent, its links opened, before it is forgotten."""

SEND_ID = re.compile(r"[a-z2-7]{24}")
TOKEN = re.compile(r"[0-9A-Za-z_-]{32}")


@dataclass(frozen=True)
class Place:
    """A group in which the item stood."""

    group_id: str
    name: str


@dataclass(frozen=True)
class Send:
    """One send; `send_id` is the share id. `number` is the item's published version.

    `payloads` are the arguments of sendChatMessage as they were handed out, `part` which of the item's parts
    alone, None for all. `groups` are those above the item then, from the top. `links` are the tokens of its
    short links, `media` the file behind each media id. `asked_for`: the customer had asked for it.
    `customer_id` is the id the contact was recorded under. `task_id` is the to-do that it does.
    """

    send_id: str
    kind: SentKind
    item_id: str
    number: int
    title: str
    userid: str
    external_userid: str
    customer_id: str
    payloads: tuple[Mapping[str, Any], ...]
    prepared_at: datetime
    groups: tuple[Place, ...] = ()
    part: int | None = None
    links: tuple[str, ...] = ()
    media: Mapping[str, str] = field(default_factory=dict)
    asked_for: bool = False
    task_id: str = ""
    status: Status = "prepared"
    evidence: Evidence | None = None
    sent_at: datetime | None = None
    opened_at: datetime | None = None
    forwarded_at: datetime | None = None
    expires_at: datetime | None = None

    @property
    def group(self) -> Place:
        """Return the group in which the item stood."""
        return self.groups[-1] if self.groups else Place("", "")

    def is_over(self, now: datetime) -> bool:
        """Return whether it was never sent and may no longer be."""
        return self.expires_at is not None and self.expires_at <= now


@dataclass(frozen=True)
class Event:
    """Something that happened to a send: it was opened or forwarded. `place` tells the events of it apart."""

    send_id: str
    place: str
    kind: Happening
    at: datetime
    via: Via
    target: str = ""
    counted: bool = False


@dataclass(frozen=True)
class Sent:
    """A send as the statistics of its item keep it."""

    kind: CountedKind
    item_id: str
    send_id: str
    at: datetime
    title: str
    userid: str
    customer_id: str
    group: Place = field(default_factory=lambda: Place("", ""))
    opens: int = 0
    forwards: int = 0
    opened_at: datetime | None = None
    forwarded_at: datetime | None = None
