"""What may follow for SOPs from a change; see effects."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from scrm.changes.effects import Effect

if TYPE_CHECKING:
    from scrm.cards.model import Card


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
class SopHappened(Effect):
    """Something happened to a customer that their SOPs are to know: a message of the queue SopSteps."""

    subject: str
    kind: str
    cause: str
    facts: Mapping[str, Any] = field(default_factory=dict)
