"""What is known of a customer: plain values, as every feature passes them around."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import Any, Literal

from scrm.customers.relation import NOTES, Fact, Period, Standing, Status, fold

ContactMethodType = Literal["mobile", "landline", "email", "wecom", "official_account"]
CustomerKind = Literal["prospect", "existing"]

ASSIGNED = 202
"""WeCom's add_way of a friendship that an administrator has handed over."""

WelcomeOutcome = Literal[
    "delivered",  # WeCom took it, or says that one was taken (ours or another app's) or the chat has begun
    "expired",  # the code was older than 20 s before we could ask, or WeCom says so
    "consent_missing",  # the customer has not agreed to archiving; a new code comes with the consent
    "refused",  # the content or the member is at fault; WeCom's code is kept
    "unknown",  # asked without an answer until the code had died
    "throttled",  # WeCom was too busy to take it until the code had died
    "nothing_to_send",  # the channel has no welcome
    "not_friends",  # the relation had ended by the time the add arrived
]


class VersionConflict(Exception):
    """The thing was changed since it was read; nothing was written."""


@dataclass(frozen=True)
class Contact:
    """An external contact 外部联系人: what WeCom knows of the person, whoever follows them.

    `type` is 1 for a WeChat user, 2 for a WeCom user; `gender` 0 unknown, 1 male, 2 female. The name is
    empty until WeCom has told it.
    """

    external_userid: str
    customer_id: str
    name: str = ""
    avatar: str = ""
    gender: int = 0
    type: int = 1
    unionid: str | None = None
    corp_name: str = ""
    corp_full_name: str = ""
    position: str = ""
    version: int = 0
    created_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True)
class Welcome:
    """How the welcome of an add went. `code_id` is a digest of the welcome code, never the code."""

    outcome: WelcomeOutcome
    at: datetime
    event_id: str
    code_id: str
    errcode: int = 0


@dataclass(frozen=True)
class Intents:
    """What is to be asked of WeCom for an event and has no recorded answer yet.

    `welcome_code` is empty once the welcome has an outcome. `tag_ids` are the channel's tags to mark.
    """

    event_id: str
    detail: bool = True
    welcome_code: str = ""
    tag_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Relation:
    """A follow relation 跟进关系 of one contact and one member.

    `userid` is spelt as WeCom spells it. `name` is the contact's, copied for lists whenever WeCom tells of
    the relation. `state` is WeCom's channel parameter. `tags` are corp tag ids,
    `personal_tags` the member's own words, seen by nobody else. `detail_unavailable` is WeCom's error code
    when it no longer shows us the contact. `missing_since` is when reconciliation found WeCom no longer
    listing a friendship whose end no event has told: no deletion. `open_edit` is what the member means to
    change at WeCom from our own pages, while WeCom's answer is not recorded (scrm.sidebar). `origin` is what
    the latest dynamic code carried: {"cid", "params", "event_id"} (IDN-12). `transfer_to` is not stored here:
    who a handover under way gives the contact to, known where a contact's whole collection was read.
    """

    external_userid: str
    userid: str
    facts: tuple[Fact, ...] = ()
    forgotten_until: int = 0
    add_way: int | None = None
    state: str | None = None
    oper_userid: str | None = None
    name: str = ""
    remark: str = ""
    description: str = ""
    company: str = ""
    mobiles: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    personal_tags: tuple[str, ...] = ()
    detail_at: datetime | None = None
    detail_unavailable: int | None = None
    missing_since: datetime | None = None
    welcome: Welcome | None = None
    intents: Intents | None = None
    open_edit: Mapping[str, Any] | None = None
    origin: Mapping[str, Any] | None = None
    version: int = 0
    created_at: datetime | None = None
    updated_at: datetime | None = None
    transfer_to: str = field(default="", compare=False)

    @cached_property
    def standing(self) -> Standing:
        """Return status and periods, folded from the facts."""
        return fold(self.facts)

    @property
    def status(self) -> Status:
        """Return e.g. "active" or "deleted_by_customer"."""
        return self.standing.status

    @property
    def is_hearsay(self) -> bool:
        """Return whether nothing is known but notes, e.g. that the contact refused this takeover.

        Such two are strangers: no card, and nothing of the contact is shown to the member.
        """
        return bool(self.facts) and all(each.kind in NOTES for each in self.facts)

    @property
    def gives_access(self) -> bool:
        """Return whether the member may see the contact: friends they are or were, until a transfer."""
        return self.status != "transferred_out" and not self.is_hearsay

    @property
    def periods(self) -> tuple[Period, ...]:
        """Return the stretches of friendship, oldest first."""
        return self.standing.periods

    @property
    def channel_id(self) -> str | None:
        """Return the channel code that the latest period came through, if any."""
        return self.periods[-1].channel_id if self.periods else None

    @property
    def added_at(self) -> datetime | None:
        """Return when the latest period began; None when no add is known."""
        return self.periods[-1].start if self.periods else None

    @property
    def deleted_at(self) -> datetime | None:
        """Return when the relation ended; None while it lasts."""
        return self.standing.ended_at


@dataclass(frozen=True)
class ContactMethod:
    """A way to reach a customer (IDN-25). `value` is normalised."""

    type: ContactMethodType
    value: str


@dataclass(frozen=True)
class Customer:
    """A customer 客户: a person, whatever contacts and identities they have.

    `external_userids` are their contacts, `identities` their bound (kind, value) pairs; `custom_fields`
    holds plain text, numbers and booleans by field key, `mastered` names those the CRM decides. `name` is the
    one the company knows. `interests` are product codes. `stage` is "" before the first. `consents` holds
    {"given", "at", "source"} by purpose; from `opted_out_at` on nothing is marketed to them.

    Merging is a link: whoever was merged away names the other in `merged_into`, and the other names all of
    them in `absorbed`; rows, identities and contacts stay where they were (docs/decisions/0011). `parts` is
    not stored: of somebody put together by `scrm.customers.whole.united`, whom they are made of.
    """

    customer_id: str
    kind: CustomerKind = "prospect"
    external_userids: tuple[str, ...] = ()
    identities: tuple[tuple[str, str], ...] = ()
    contact_methods: tuple[ContactMethod, ...] = ()
    custom_fields: dict[str, Any] = field(default_factory=dict)
    name: str = ""
    interests: tuple[str, ...] = ()
    stage: str = ""
    stage_at: datetime | None = None
    mastered: tuple[str, ...] = ()
    crm: Mapping[str, Any] = field(default_factory=dict)
    consents: Mapping[str, Any] = field(default_factory=dict)
    opted_out_at: datetime | None = None
    merged_into: str | None = None
    absorbed: tuple[str, ...] = ()
    erased_at: datetime | None = None
    version: int = 0
    created_at: datetime | None = None
    updated_at: datetime | None = None
    parts: tuple["Customer", ...] = ()

    @property
    def crmid(self) -> str | None:
        """Return the customer's id in the CRM, None when unbound."""
        return next((value for kind, value in self.identities if kind == "crmid"), None)

    @property
    def identified(self) -> bool:
        """Return whether anything but WeCom's own ids says who this is."""
        return any(kind != "unionid" for kind, _ in self.identities)


def customer_id_of(corp_id: str, external_userid: str) -> str:
    """Return the id a contact's customer gets when no identity names an existing one.

    Derived, so that an add, its repetition and reconciliation all name the same customer.
    """
    return "cu_" + sha256(f"{corp_id}\0{external_userid}".encode()).hexdigest()[:24]
