"""Whose sale an order is: the evidence, the terms, the decision. Plain values (spec 4.6). Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Rule = Literal["share", "lead", "friend", "none"]
"""share: by whom they were sent what they bought. lead: who owns their lead. friend: whom they talk to."""

ChannelMode = Literal["first", "last", "40-20-40"]

NOBODY = ""
"""Stands for the member, channel or product where there is none, so that everything still sums up."""

Weights = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Terms:
    """The corp's terms; a decision keeps those it was made by. `old_percent`: the former owner's part."""

    window_days: int = 14
    friend_days: int = 30
    old_percent: int = 60
    channel_mode: ChannelMode = "first"
    inherited_days: int = 30


@dataclass(frozen=True)
class Shared:
    """That a member's send reached the customer: it was sent, opened, or an order carried its share id."""

    at: datetime
    userid: str
    share_id: str
    how: Literal["sent", "opened", "ordered"] = "sent"
    kind: str = ""
    item_id: str = ""


@dataclass(frozen=True)
class Lead:
    """Who owned the customer's lead at the payment; by inheritance since when, and from whom."""

    userid: str
    inherited_from: str = ""
    inherited_at: datetime | None = None


@dataclass(frozen=True)
class Friend:
    """A member who was the customer's friend at the payment; when they were last in contact until then."""

    userid: str
    contact_at: datetime


@dataclass(frozen=True)
class CameBy:
    """That the customer became somebody's friend through a channel code, or a lead through a channel."""

    channel_id: str
    at: datetime


@dataclass(frozen=True)
class FromLeads:
    """What a customer's leads say: who owned one at the payment, and through which channels they came."""

    owner: Lead | None = None
    channels: tuple[CameBy, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """What speaks for whom. Whoever knows of another kind of evidence fills its field; the rules stay."""

    shares: tuple[Shared, ...] = ()
    lead: Lead | None = None
    friends: tuple[Friend, ...] = ()
    channels: tuple[CameBy, ...] = ()


@dataclass(frozen=True)
class Basis:
    """What a decision was made for: while it is the same, the decision stands whatever else changes."""

    customer_id: str
    paid_at: datetime
    share_id: str = ""


@dataclass(frozen=True)
class Decision:
    """Whose sale an order is, and why. `members` and `channels` carry weights; nobody stands as NOBODY.

    One of `share`, `lead` and `friend` is the evidence, by the rule.
    """

    rule: Rule
    members: Weights
    channels: Weights
    terms: Terms
    share: Shared | None = None
    lead: Lead | None = None
    friend: Friend | None = None
