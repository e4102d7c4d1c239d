"""What may follow for SOPs from a change; see effects."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from scrm.changes.effects import Effect

if TYPE_CHECKING:
    from scrm.cards.model import Card
    from scrm.sops.enrollment import Enrollment


@dataclass(frozen=True)
class CardMoved(Effect):
    """A card came, changed or went: its customer may enter or leave SOPs. `picture` names the change."""

    customer_id: str
    before: "Card | None"
    after: "Card | None"
    picture: str


@dataclass(frozen=True)
class SegmentsMoved(Effect):
    """A customer entered segments, or left some, as of the `version` of what they are in."""

    customer_id: str
    entered: tuple[str, ...]
    left: tuple[str, ...]
    version: int
    at: datetime


@dataclass(frozen=True)
class FieldsChanged(Effect):
    """What is recorded of a customer changed: a step may have waited for it."""

    customer_id: str


@dataclass(frozen=True)
class Nudged(Effect):
    """A step waits to be done, by one of these to-dos: remind its owner, or escalate to their manager."""

    task_ids: tuple[str, ...]
    kind: str
    number: int
    at: datetime


@dataclass(frozen=True)
class StepSent(Effect):
    """What a step's to-do is for was sent to the customer."""

    task_id: str
    send_id: str
    by: str
    at: datetime


@dataclass(frozen=True)
class SopDefined(Effect):
    """A SOP was published, paused or stopped, or goes on: its channels may welcome otherwise."""

    sop_id: str


@dataclass(frozen=True)
class ActTraced(Effect):
    """A customer did something: a goal of a SOP may be reached by it, or points gained."""

    customer_id: str
    act: str
    entry_id: str
    at: datetime


@dataclass(frozen=True)
class AccountActivated(Effect):
    """An account was opened for a record of the CRM at `at`."""

    crmid: str
    source_id: str
    at: datetime


@dataclass(frozen=True)
class Marketed(Effect):
    """Another system has marketed to a customer: it counts for their cap."""

    customer_id: str
    touch_id: str
    at: datetime


@dataclass(frozen=True)
class SopEnded(Effect):
    """Somebody has reached the goal or the last step of a SOP."""

    it: "Enrollment"


@dataclass(frozen=True)
class StepAnswered(Effect):
    """A step was done with a result, which its branch may want more to follow from."""

    it: "Enrollment"
    step_key: str
    attempt: int


@dataclass(frozen=True)
class MemberGone(Effect):
    """A member left or was disabled: what they had to do for SOPs is to rest, or others go on with it."""

    userid: str
    cause: str


@dataclass(frozen=True)
class OwnerMissing(Effect):
    """Bars of a member rest since they are gone: their manager is to know."""

    userid: str


@dataclass(frozen=True)
class LeadMoved(Effect):
    """A lead that nobody has, or that somebody has got, took a step: SOPs that nurture leads are to know."""

    lead_id: str
    version: int
    at: datetime
    is_over: bool


@dataclass(frozen=True)
class KeysChanged(Effect):
    """Customers are known by other numbers than before: a lead may be theirs."""

    customer_id: str
    cause: str


@dataclass(frozen=True)
class SopHappened(Effect):
    """Something happened to a customer that their SOPs are to know: a message of the queue SopSteps."""

    subject: str
    kind: str
    cause: str
    facts: Mapping[str, Any] = field(default_factory=dict)
