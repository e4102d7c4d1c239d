"""Channel codes 渠道活码: what a code is, who it may lead to, what a customer is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

ChannelKind = Literal[
    "public_ads",
    "offline_exhibition",
    "phone",
    "sms",
    "content",
    "crawler",
    "market_event",
    "website",
    "strategic_partner",
    "official_account",
    "referral",
]
CHANNEL_KINDS: tuple[ChannelKind, ...] = get_args(ChannelKind)

ChannelStatus = Literal["creating", "active", "paused", "unknown", "failed", "archived"]

AttachmentKind = Literal["image", "link", "miniprogram", "video", "file"]


@dataclass(frozen=True)
class Shift:
    """When a member is on the code: [start, end) in Beijing time as HH:MM on the given weekdays.

    Weekdays are 1 Monday .. 7 Sunday, of the day on which the shift starts; end ≤ start runs over midnight.
    """

    start: str
    end: str
    weekdays: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)


@dataclass(frozen=True)
class RosterEntry:
    """One member on a channel: weight 1..100, a cap of adds for a Beijing day (None: no cap), shifts.

    Without shifts the member is always on.
    """

    userid: str
    weight: int = 1
    daily_cap: int | None = None
    shifts: tuple[Shift, ...] = ()


@dataclass(frozen=True)
class Attachment:
    """One attachment of a message, with the fields that WeCom's sheet gives its kind."""

    kind: AttachmentKind
    fields: Mapping[str, str]

    def payload(self) -> dict[str, Any]:
        """Return it as WeCom takes it."""
        return {"msgtype": self.kind, self.kind: dict(self.fields)}


@dataclass(frozen=True)
class Welcome:
    """What a customer is told on being added: text ≤ 4000 bytes, ≤ 9 attachments; either may be empty."""

    text: str = ""
    attachments: tuple[Attachment, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say."""
        return not self.text and not self.attachments


@dataclass(frozen=True)
class Channel:
    """One channel code. `state` is what WeCom carries from the scan to the add event.

    status: creating (intent written, WeCom not yet asked), unknown (asked, no answer: settled by looking
    WeCom's codes up), failed (refused, `failure` says why), active, paused (the code leads to the
    fallback members alone, with neither welcome nor tags), archived (deleted at WeCom).
    product_code: what whoever comes through it is interested in (IDN-09). sops: those that may welcome who
    comes through it, as of the last change of a SOP (scrm.sops.welcoming).
    on_code: the userids WeCom has on the code. pending_code: those it is asked to have, while that is not
    confirmed. nobody_since: since when no member may take a customer. version counts what administrators
    change, revision every write.
    """

    channel_id: str
    name: str
    kind: ChannelKind
    staff: tuple[RosterEntry, ...] = ()
    fallback: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    welcome: Welcome = Welcome()
    skip_verify: bool = True
    remark: str = ""
    product_code: str = ""
    sops: tuple[str, ...] = ()
    status: ChannelStatus = "creating"
    failure: str = ""
    config_id: str = ""
    qr_code: str = ""
    on_code: tuple[str, ...] = ()
    pending_code: tuple[str, ...] | None = None
    nobody_since: str = ""
    version: int = 1
    revision: int = 1
    created_by: str = ""
    created_at: str = ""
    updated_at: str = ""

    @property
    def state(self) -> str:
        """The parameter on the code, ≤ 30 characters: the channel's own id."""
        return self.channel_id

    @property
    def speaks(self) -> bool:
        """Whether an add through the code gets this channel's welcome and tags."""
        return self.status not in {"paused", "archived"}


@dataclass(frozen=True)
class Add:
    """One customer who came through a channel: to whom, and when (RFC 3339 in UTC)."""

    userid: str
    at: str
    event_id: str
