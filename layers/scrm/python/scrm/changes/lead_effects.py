"""What may follow from a change of a lead, or from what one is won by; see effects."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from scrm.changes.effects import Effect
from scrm.tasks.model import Task
from scrm.timeline.model import Entry


@dataclass(frozen=True)
class LeadToDecide(Effect):
    """It is to be decided whose a lead is; `epoch` is the lead's when this was asked."""

    lead_id: str
    epoch: int


@dataclass(frozen=True)
class LeadStep(Effect):
    """A lead has taken a step, which its history tells."""

    lead_id: str
    version: int
    step: Mapping[str, Any]


@dataclass(frozen=True)
class NobodyFree(Effect):
    """A lead went to a pool since nobody might have it; `source` names the step that says so."""

    pool_id: str
    why: str
    source: str
    at: datetime


@dataclass(frozen=True)
class LeadSigned(Effect):
    """A lead has a contract: what pays for it may be known already."""

    lead_id: str


@dataclass(frozen=True)
class LeadReached(Effect):
    """A lead was signed, or won: its customer may go to service."""

    lead_id: str
    event: str
    at: datetime


@dataclass(frozen=True)
class OrderPaid(Effect):
    """What is paid of an order changed: it may win a lead, or a lead may be lost by it."""

    source: str
    order_no: str


@dataclass(frozen=True)
class AccountOpened(Effect):
    """An account was opened for a record of the CRM."""

    crmid: str


@dataclass(frozen=True)
class LeadToDo(Effect):
    """A lead's owner is to follow it up."""

    task: Task


@dataclass(frozen=True)
class ToDoOver(Effect):
    """A to-do is done, or no longer to be done; who completed it before has done it."""

    task_id: str
    status: Literal["done", "cancelled", "missed"]
    by: str
    at: datetime


@dataclass(frozen=True)
class LeadJoined(Effect):
    """A lead has become a customer's: their trace tells what came before."""

    lead_id: str
    customer_id: str


@dataclass(frozen=True)
class LeadFollowed(Effect):
    """A lead was followed up; `entry` belongs on the timeline of its customer, if it has one."""

    lead_id: str
    entry: Entry


@dataclass(frozen=True)
class CustomerVisited(Effect):
    """A member was at a customer's place; `entry` belongs on their timeline."""

    customer_id: str
    entry: Entry


@dataclass(frozen=True)
class LeadScored(Effect):
    """An open lead was told of again with a score, 1 to 100."""

    lead_id: str
    score: int
    at: datetime
