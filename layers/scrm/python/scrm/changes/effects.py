"""What may follow from a change: plain values for the edge to carry out, each harmless to repeat.

Those of orders, products and sends are in sale_effects, those of leads in lead_effects: a cold process does
without them until the first comes.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from scrm.notices.model import Notice
from scrm.tasks.model import Task
from scrm.timeline.model import Entry


class Effect:
    """What may follow from a change."""


@dataclass(frozen=True)
class Recorded(Effect):
    """An entry belongs on the timeline of the contact's customer; `gone`: no longer."""

    external_userid: str
    entry: Entry
    gone: bool = False


@dataclass(frozen=True)
class Noted(Effect):
    """An entry belongs on the timeline of a customer."""

    customer_id: str
    entry: Entry


@dataclass(frozen=True)
class CameThrough(Effect):
    """A customer came through a channel code; `gone`: it turned out otherwise."""

    channel_id: str
    userid: str
    external_userid: str
    event_id: str
    at: datetime
    gone: bool = False


@dataclass(frozen=True)
class Told(Effect):
    """A member is to be told."""

    notice: Notice


@dataclass(frozen=True)
class ToDo(Effect):
    """A member has something to do; the edge puts the contact's customer on it."""

    task: Task


@dataclass(frozen=True)
class Refreshed(Effect):
    """A channel's code may lead to the wrong people: look again. `cause` names the change that asks."""

    channel_id: str
    reason: str
    cause: str


@dataclass(frozen=True)
class ChunksToDo(Effect):
    """Chunks of a job are to be done, after `delay` seconds."""

    job_id: str
    chunk_ids: tuple[str, ...]
    delay: int = 0


@dataclass(frozen=True)
class FollowedUp(Effect):
    """A member followed a customer up."""

    customer_id: str
    userid: str
    at: datetime


@dataclass(frozen=True)
class TagsToShow(Effect):
    """Customers' corp tags may not show the segments they are in."""

    customer_ids: tuple[str, ...]


@dataclass(frozen=True)
class FriendshipBegan(Effect):
    """A contact and a member became friends: tags can be put on the relation from now on."""

    external_userid: str


@dataclass(frozen=True)
class Acted(Effect):
    """A customer did something that may say how much they mean it."""

    customer_id: str
    entry: Entry


@dataclass(frozen=True)
class Signalled(Effect):
    """A customer did something that may make them a lead."""

    customer_id: str
    entry: Entry


@dataclass(frozen=True)
class CustomerFollowed(Effect):
    """A member followed a customer up, as another system tells; `act` names which time."""

    userid: str
    act: str
    at: datetime


@dataclass(frozen=True)
class CampaignAnswered(Effect):
    """A campaign's code was scanned or added through; `act` names which time; `gone`: it was not."""

    campaign: str
    answer: Literal["scan", "add"]
    act: str
    at: datetime
    gone: bool = False


@dataclass(frozen=True)
class Happening(Effect):
    """Something new stands in a customer's trace: other systems may want to be told."""

    customer_id: str
    entry: Entry


@dataclass(frozen=True)
class TagsUsed(Effect):
    """Corp tags were put on somebody."""

    tag_ids: tuple[str, ...]
    at: datetime


@dataclass(frozen=True)
class RuleMet(Effect):
    """A customer did what a tag rule waits for."""

    rule_id: str
    customer_id: str


@dataclass(frozen=True)
class PhonesNoted(Effect):
    """Numbers are noted on a relation, `<external_userid>#<userid, lower case>`; others are no longer."""

    relation: str
    numbers: tuple[str, ...]
    gone: tuple[str, ...] = ()


@dataclass(frozen=True)
class FileDue(Effect):
    """A file is to be uploaded to WeCom now."""

    file_id: str


@dataclass(frozen=True)
class HandoverWentOn(Effect):
    """A step of a handover was done at `at`: `number` is the one that follows."""

    lead_id: str
    number: int
    at: datetime


@dataclass(frozen=True)
class LeadActivity(Effect):
    """A customer replied or came; external_userid "" when it is not known by which contact."""

    customer_id: str
    external_userid: str
    at: datetime


@dataclass(frozen=True)
class RelationLost(Effect):
    """A friendship of a contact ended."""

    external_userid: str


@dataclass(frozen=True)
class LeadsOfGone(Effect):
    """A member left or was disabled."""

    userid: str
