"""The life of a lead: which step is allowed from which status, to whom, on what condition (spec 2.3). Pure.

Anything that is not here is refused and writes nothing.
"""

from dataclasses import dataclass
from typing import Literal, get_args

Status = Literal[
    "NEW",
    "POOLED",
    "ASSIGNED",
    "FOLLOWING",
    "QUALIFIED",
    "INTENT",
    "SIGNED",
    "WON",
    "LOST",
    "INVALID",
    "MERGED",
    "NURTURE",
]
STATUSES: tuple[Status, ...] = get_args(Status)

Trigger = Literal[
    "pool",
    "assign",
    "invalidate",
    "claim",
    "follow",
    "qualify",
    "intend",
    "sign",
    "win",
    "void_contract",
    "give_up",
    "recycle",
    "nurture",
    "wake",
    "transfer",
    "merge",
    "reopen",
    "refund",
]
Actor = Literal["owner", "manager", "admin", "pool_member", "finance", "system"]

CLOSED: frozenset[Status] = frozenset({"WON", "LOST", "INVALID", "MERGED"})
OPEN: frozenset[Status] = frozenset(STATUSES) - CLOSED
OWNED: frozenset[Status] = frozenset({"ASSIGNED", "FOLLOWING", "QUALIFIED", "INTENT", "SIGNED"})
"""Somebody is accountable; these count as the owner's open leads."""
RECYCLABLE: frozenset[Status] = OWNED - {"SIGNED"}


@dataclass(frozen=True)
class Step:
    """One line of the machine. `to` None: the status stays."""

    trigger: Trigger
    start: frozenset[Status]
    to: Status | None
    actors: frozenset[Actor]
    needs_reason: bool = False


def _of(*statuses: Status) -> frozenset[Status]:
    return frozenset(statuses)


def _by(*actors: Actor) -> frozenset[Actor]:
    return frozenset(actors)


STEPS: tuple[Step, ...] = (
    Step("pool", _of("NEW"), "POOLED", _by("system", "manager")),
    Step("assign", _of("NEW", "POOLED"), "ASSIGNED", _by("system", "manager")),
    Step("invalidate", _of("NEW", "POOLED"), "INVALID", _by("system", "manager")),
    Step("claim", _of("POOLED"), "ASSIGNED", _by("pool_member")),
    Step("follow", _of("ASSIGNED"), "FOLLOWING", _by("owner")),
    Step("qualify", _of("FOLLOWING"), "QUALIFIED", _by("owner")),
    Step("intend", _of("QUALIFIED"), "INTENT", _by("owner")),
    Step("sign", _of("INTENT"), "SIGNED", _by("owner")),
    Step("win", _of("SIGNED"), "WON", _by("system", "finance")),
    Step("void_contract", _of("SIGNED"), "INTENT", _by("finance")),
    Step("give_up", OPEN, "LOST", _by("owner"), needs_reason=True),
    Step("recycle", RECYCLABLE, "POOLED", _by("system", "owner", "manager", "admin"), needs_reason=True),
    Step("nurture", _of("POOLED"), "NURTURE", _by("system")),
    Step("wake", _of("NURTURE"), "POOLED", _by("system")),
    Step("transfer", OWNED, None, _by("manager", "admin"), needs_reason=True),
    Step("merge", OPEN, "MERGED", _by("admin")),
    Step("reopen", _of("LOST", "INVALID"), "POOLED", _by("manager", "admin"), needs_reason=True),
    Step("refund", _of("WON"), "LOST", _by("system")),
)
_BY_TRIGGER = {step.trigger: step for step in STEPS}


class NotAllowed(Exception):
    """The lead's status, or who asks, does not allow this; nothing is written."""

    def __init__(self, code: Literal["wrong_status", "wrong_actor", "reason_missing"]) -> None:
        super().__init__(code)
        self.code = code


def after(status: Status, trigger: Trigger, actor: Actor, reason: str = "") -> Status:
    """Return the status after a step. Raises NotAllowed."""
    step = _BY_TRIGGER[trigger]
    if status not in step.start:
        raise NotAllowed("wrong_status")
    if actor not in step.actors:
        raise NotAllowed("wrong_actor")
    if step.needs_reason and not reason.strip():
        raise NotAllowed("reason_missing")
    return step.to or status


def allowed(status: Status, actor: Actor) -> tuple[Trigger, ...]:
    """Return what an actor may do with a lead in a status, in the machine's order."""
    return tuple(step.trigger for step in STEPS if status in step.start and actor in step.actors)
