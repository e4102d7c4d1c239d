"""What may follow for inheritance: plain values for the edge to carry out, each harmless to repeat."""

from dataclasses import dataclass
from datetime import datetime

from scrm.changes.effects import Effect


@dataclass(frozen=True)
class PlanMoved(Effect):
    """A plan was started or called off: its open batches are to be looked at."""

    plan_id: str
    version: int
    numbers: tuple[str, ...]


@dataclass(frozen=True)
class TransferFailed(Effect):
    """WeCom told at `at` that a handover of a contact to a member failed, by its word for why."""

    external_userid: str
    takeover: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class TransferMoved(Effect):
    """WeCom told that a handover took a contact from a member, or brought them to one."""

    external_userid: str
    userid: str
