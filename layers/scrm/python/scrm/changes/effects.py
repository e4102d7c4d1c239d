"""What may follow from a change: plain values for the edge to carry out, each harmless to repeat."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from scrm.cards.model import Card
from scrm.notices.model import Notice
from scrm.tasks.model import Task
from scrm.timeline.model import Entry


@dataclass(frozen=True)
class Recorded:
    """An entry belongs on the timeline of the contact's customer; `gone`: no longer."""

    external_userid: str
    entry: Entry
    gone: bool = False


@dataclass(frozen=True)
class Noted:
    """An entry belongs on the timeline of a customer."""

    customer_id: str
    entry: Entry


@dataclass(frozen=True)
class CameThrough:
    """A customer came through a channel code; `gone`: it turned out otherwise."""

    channel_id: str
    userid: str
    external_userid: str
    event_id: str
    at: datetime
    gone: bool = False


@dataclass(frozen=True)
class Told:
    """A member is to be told."""

    notice: Notice


@dataclass(frozen=True)
class ToDo:
    """A member has something to do; the edge puts the contact's customer on it."""

    task: Task


@dataclass(frozen=True)
class Refreshed:
    """A channel's code may lead to the wrong people: look again. `cause` names the change that asks."""

    channel_id: str
    reason: str
    cause: str


@dataclass(frozen=True)
class ChunksToDo:
    """Chunks of a job are to be done, after `delay` seconds."""

    job_id: str
    chunk_ids: tuple[str, ...]
    delay: int = 0


@dataclass(frozen=True)
class OrdersChanged:
    """An order became, or was, a customer's: their facts are counted anew."""

    customer_id: str


@dataclass(frozen=True)
class OrderChanged:
    """An order changed: whose sale it is, and what is entered of it, follows."""

    source: str
    order_no: str


@dataclass(frozen=True)
class ProductsMissing:
    """An order names products that nobody knew when it was told."""

    source: str
    order_no: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class ProductKnown:
    """A product is known by its code: orders may wait for it."""

    code: str


@dataclass(frozen=True)
class ProductNamed:
    """An item of the library has a code, or has it no longer: `gone`."""

    item_id: str
    code: str
    name: str = ""
    price_fen: int | None = None
    gone: bool = False


@dataclass(frozen=True)
class Shared:
    """Something was sent to a customer, or opened by them, at `at`: it may speak for who made a sale."""

    customer_id: str
    at: datetime


@dataclass(frozen=True)
class FollowedUp:
    """A member followed a customer up."""

    customer_id: str
    userid: str
    at: datetime


@dataclass(frozen=True)
class TagsToShow:
    """Customers' corp tags may not show the segments they are in."""

    customer_ids: tuple[str, ...]


@dataclass(frozen=True)
class FriendshipBegan:
    """A contact and a member became friends: tags can be put on the relation from now on."""

    external_userid: str


@dataclass(frozen=True)
class Acted:
    """A customer did something that may say how much they mean it."""

    customer_id: str
    entry: Entry


@dataclass(frozen=True)
class Signalled:
    """A customer did something that may make them a lead."""

    customer_id: str
    entry: Entry


@dataclass(frozen=True)
class CampaignAnswered:
    """A campaign's code was scanned or added through; `act` names which time; `gone`: it was not."""

    campaign: str
    answer: Literal["scan", "add"]
    act: str
    at: datetime
    gone: bool = False


@dataclass(frozen=True)
class Happening:
    """Something new stands in a customer's trace: other systems may want to be told."""

    customer_id: str
    entry: Entry


@dataclass(frozen=True)
class TagsUsed:
    """Corp tags were put on somebody."""

    tag_ids: tuple[str, ...]
    at: datetime


@dataclass(frozen=True)
class RuleMet:
    """A customer did what a tag rule waits for."""

    rule_id: str
    customer_id: str


@dataclass(frozen=True)
class PhonesNoted:
    """Numbers are noted on a relation, `<external_userid>#<userid, lower case>`; others are no longer."""

    relation: str
    numbers: tuple[str, ...]
    gone: tuple[str, ...] = ()


@dataclass(frozen=True)
class SendSent:
    """An item was sent to a customer."""

    send_id: str


@dataclass(frozen=True)
class SendUsed:
    """What was sent was opened or forwarded; `place` is that of the event's row."""

    send_id: str
    place: str


@dataclass(frozen=True)
class FileDue:
    """A file is to be uploaded to WeCom now."""

    file_id: str


@dataclass(frozen=True)
class LeadToDecide:
    """It is to be decided whose a lead is; `epoch` is the lead's when this was asked."""

    lead_id: str
    epoch: int


@dataclass(frozen=True)
class LeadStep:
    """A lead has taken a step, which its history tells."""

    lead_id: str
    version: int
    step: Mapping[str, Any]


@dataclass(frozen=True)
class NobodyFree:
    """A lead went to a pool since nobody might have it; `source` names the step that says so."""

    pool_id: str
    why: str
    source: str
    at: datetime


@dataclass(frozen=True)
class LeadSigned:
    """A lead has a contract: what pays for it may be known already."""

    lead_id: str


@dataclass(frozen=True)
class LeadReached:
    """A lead was signed, or won: its customer may go to service."""

    lead_id: str
    event: str
    at: datetime


@dataclass(frozen=True)
class HandoverWentOn:
    """A step of a handover was done at `at`: `number` is the one that follows."""

    lead_id: str
    number: int
    at: datetime


@dataclass(frozen=True)
class OrderPaid:
    """What is paid of an order changed: it may win a lead, or a lead may be lost by it."""

    source: str
    order_no: str


@dataclass(frozen=True)
class AccountOpened:
    """An account was opened for a record of the CRM."""

    crmid: str


@dataclass(frozen=True)
class LeadToDo:
    """A lead's owner is to follow it up."""

    task: Task


@dataclass(frozen=True)
class CardMoved:
    """A card came, changed or went: its customer may enter or leave SOPs. `picture` names the change."""

    customer_id: str
    before: Card | None
    after: Card | None
    picture: str


@dataclass(frozen=True)
class SegmentsMoved:
    """A customer entered segments, or left some, as of the `version` of what they are in."""

    customer_id: str
    entered: tuple[str, ...]
    left: tuple[str, ...]
    version: int
    at: datetime


@dataclass(frozen=True)
class SopHappened:
    """Something happened to a customer that their SOPs are to know: a message of the queue SopSteps."""

    subject: str
    kind: str
    cause: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ToDoOver:
    """A to-do is done, or no longer to be done; who completed it before has done it."""

    task_id: str
    status: Literal["done", "cancelled", "missed"]
    by: str
    at: datetime


@dataclass(frozen=True)
class LeadJoined:
    """A lead has become a customer's: their trace tells what came before."""

    lead_id: str
    customer_id: str


@dataclass(frozen=True)
class LeadFollowed:
    """A lead was followed up; `entry` belongs on the timeline of its customer, if it has one."""

    lead_id: str
    entry: Entry


@dataclass(frozen=True)
class LeadActivity:
    """A customer replied or came; external_userid "" when it is not known by which contact."""

    customer_id: str
    external_userid: str
    at: datetime


@dataclass(frozen=True)
class LeadScored:
    """An open lead was told of again with a score, 1 to 100."""

    lead_id: str
    score: int
    at: datetime


@dataclass(frozen=True)
class LeadsOfGone:
    """A member left or was disabled."""

    userid: str


@dataclass(frozen=True)
class RelationLost:
    """A friendship of a contact ended."""

    external_userid: str


Effect = (
    LeadToDo
    | SopHappened
    | CardMoved
    | SegmentsMoved
    | ToDoOver
    | LeadJoined
    | LeadFollowed
    | LeadActivity
    | LeadScored
    | LeadsOfGone
    | RelationLost
    | LeadToDecide
    | NobodyFree
    | LeadSigned
    | LeadReached
    | HandoverWentOn
    | OrderPaid
    | AccountOpened
    | LeadStep
    | Recorded
    | Noted
    | CameThrough
    | Told
    | ToDo
    | Refreshed
    | ChunksToDo
    | OrdersChanged
    | OrderChanged
    | ProductsMissing
    | ProductKnown
    | ProductNamed
    | Shared
    | FollowedUp
    | TagsToShow
    | FriendshipBegan
    | Acted
    | Signalled
    | CampaignAnswered
    | Happening
    | TagsUsed
    | RuleMet
    | PhonesNoted
    | SendSent
    | SendUsed
    | FileDue
)
