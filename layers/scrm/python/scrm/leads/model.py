"""A lead 线索 as everything else knows it (spec 2.1, 2.3). Pure; times in UTC, whole seconds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, get_args
from zlib import crc32

from scrm.leads.machine import CLOSED, OWNED, Status

SHARDS = 4
"""So many parts has what is due of leads; the clock asks one after the other."""

Source = Literal[
    "manual",
    "import",
    "crawler",
    "website",
    "campaign",
    "partner",
    "call_robot",
    "form",
    "channel",
    "behaviour",
    "renewal",
]
SOURCES: tuple[Source, ...] = get_args(Source)

Doubt = Literal["pending", "approved", "rejected"]
DoubtWhy = Literal["stage_jump", "self_share"]

HardKind = Literal["phone", "unionid", "external_userid", "crmid"]
HARD_KINDS: tuple[HardKind, ...] = get_args(HardKind)
"""What tells that two leads are of one person (spec 4.3); a company's name only warns."""

Key = tuple[HardKind, str]

RECYCLES: Mapping[str, str] = {
    "R1": "未在规定时间内首次跟进",
    "R2": "保护期已过且长时间未跟进",
    "R3": "保护期已过且阶段长时间没有推进",
    "R4": "到达最长持有时间",
    "R5": "负责人已离职或停用",
    "R6": "与客户的好友关系全部断开",
}
"""Why a lead was taken from its owner, by the rule of spec 4.5."""


@dataclass(frozen=True)
class Cooldown:
    """An ex-owner who may not get or claim the lead before `until`."""

    userid: str
    until: datetime


@dataclass(frozen=True)
class Lead:
    """One lead: short, since it changes often; what the source said is in its detail.

    `epoch` counts decisions on whose it is: a redelivered decision of an epoch that is over changes nothing
    (G2). `queued_until`: it waits for its pool to open. `limit_at` is when the clock next has to look at it.
    `sticky` names members the person is used to, each with the source it comes from (spec 4.2).
    `uncleaned`: it stays NEW, and nobody's, until somebody has found out whether it is one (LED-10).
    `reached` is the furthest status it has had before its own.
    `absorbed` are the leads that went into it, `merged_into` is the one that it went into itself, and
    `merged_from` the status it comes back to if that is taken back, as it was at `parted_at` (0026).
    `doubt` says that a second person has to look at how it came so far, or what they said, `doubt_why` what
    for (LED-29): until it is approved it counts for no target.
    `score` 0..100 wakes a lead in NURTURE. `trigger`, `reason` and `updated_by` are those of the latest step:
    the lead's history is what the stream has seen of them.
    """

    lead_id: str
    status: Status
    source: Source
    name: str = ""
    company: str = ""
    keys: tuple[Key, ...] = ()
    owner: str = ""
    pool_id: str = ""
    channel_id: str = ""
    campaign: str = ""
    product: str = ""
    region: str = ""
    skills: Mapping[str, int] = field(default_factory=dict)
    customer_id: str = ""
    prelabels: tuple[str, ...] = ()
    score: int = 0
    owned_at: datetime | None = None
    protect_until: datetime | None = None
    hard_until: datetime | None = None
    first_due: datetime | None = None
    followed_at: datetime | None = None
    advanced_at: datetime | None = None
    next_follow_at: datetime | None = None
    reminded_for: datetime | None = None
    queued_until: datetime | None = None
    closed_at: datetime | None = None
    recycle_count: int = 0
    cooldowns: tuple[Cooldown, ...] = ()
    sticky: tuple[tuple[str, str], ...] = ()
    previous_lead_id: str = ""
    merged_into: str = ""
    merged_from: Status | Literal[""] = ""
    absorbed: tuple[str, ...] = ()
    parted_at: datetime | None = None
    locked: bool = False
    uncleaned: bool = False
    doubt: Doubt | Literal[""] = ""
    doubt_why: DoubtWhy | Literal[""] = ""
    reached: str = ""
    trigger: str = ""
    reason: str = ""
    updated_by: str = ""
    epoch: int = 0
    version: int = 0
    created_by: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Return whether the lead may still come to something."""
        return self.status not in CLOSED

    @property
    def counts(self) -> bool:
        """Return whether it counts for a target: a lead, and nobody has to look at it first (M4, LED-29)."""
        return self.status not in {"INVALID", "MERGED"} and self.doubt in {"", "approved"}

    @property
    def is_owned(self) -> bool:
        """Return whether somebody is accountable for it."""
        return self.status in OWNED

    def cooling(self, now: datetime) -> frozenset[str]:
        """Return the ex-owners who may not have the lead at `now`."""
        return frozenset(each.userid for each in self.cooldowns if now < each.until)


def shard_of(lead_id: str) -> int:
    """Return in which part of what is due the clock finds a lead."""
    return crc32(lead_id.encode()) % SHARDS


@dataclass(frozen=True)
class Touch:
    """That the person of an open lead was told of again; `owner` and `name` are the lead's at that time."""

    touch_id: str
    at: datetime
    source: str
    by: str = ""
    owner: str = ""
    name: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
