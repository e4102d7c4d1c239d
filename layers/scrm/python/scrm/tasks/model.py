"""A task 待办: something one member of staff has to do for a customer by a time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Literal, get_args

Kind = Literal["follow", "sop", "visit", "service", "call", "care", "send"]
KINDS: tuple[Kind, ...] = get_args(Kind)

Status = Literal["open", "done", "cancelled", "missed", "skipped"]
STATUSES: tuple[Status, ...] = get_args(Status)


STEP_GRACE = timedelta(hours=4)
"""So long after its due the member is reminded of a step of a SOP (spec 3.6)."""
NONE = timedelta()


class TaskNotFound(LookupError):
    """There is no such task."""


class TaskClosed(Exception):
    """The task is no longer open; nothing was written."""


class TaskChanged(Exception):
    """The task has another version than the caller has seen; nothing was written."""


@dataclass(frozen=True)
class Task:
    """One to-do of one member.

    `id` tells by when and whose it is, `<due>-<hash>-<userid>`: a member's tasks sort by it, and it can be
    looked up by itself, so that another member's is known to exist (403) and a missing one not to (404).
    `payload` is the kind's own, e.g. {"reason": "new_customer"} {"sop_id", "step_key", "title"} or,
    of `send`, {"title", "item": {"kind", "id"}, "push_id", "note"}. `result` is what came of a call.
    `due` may be later than the id tells: the member has put it off. `sent_at` is when it was done, as a send
    (`send_id`) or another system tells, though something is still missing before it is over.
    """

    id: str
    kind: Kind
    owner: str
    due: datetime
    status: Status
    created_at: datetime
    external_userid: str | None = None
    customer_id: str | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)
    closed_at: datetime | None = None
    closed_by: str | None = None
    note: str | None = None
    result: str | None = None
    sent_at: datetime | None = None
    send_id: str | None = None
    version: int = 1

    def overdue(self, now: datetime) -> bool:
        """Return whether it is still open after its time; a step of a SOP once its member is reminded of it.

        A step is due when it may be done, not by when: every one would be overdue as it comes (spec 3.6).
        """
        grace = STEP_GRACE if self.payload.get("step_key") else NONE
        return self.status == "open" and self.due + grace < now


def task(
    kind: Kind,
    owner: str,
    due: datetime,
    source: str,
    *,
    created_at: datetime,
    external_userid: str | None = None,
    customer_id: str | None = None,
    payload: Mapping[str, Any] | None = None,
) -> Task:
    """Return the open task that follows from `source`, the natural key of a change (an event id, a step run).

    Kind, owner, due time and source make the id: the same ones give the same task; opening it again is safe.
    """
    due = due.astimezone(UTC).replace(microsecond=0)
    key = sha256("\n".join((kind, owner.lower(), source)).encode()).hexdigest()[:12]
    return Task(
        id=f"{due:%Y%m%dT%H%M%SZ}-{key}-{owner.lower()}",
        kind=kind,
        owner=owner,
        due=due,
        status="open",
        created_at=created_at.astimezone(UTC).replace(microsecond=0),
        external_userid=external_userid,
        customer_id=customer_id,
        payload=dict(payload or {}),
    )


def owner_in(task_id: str) -> str | None:
    """Return the userid (lower case) of the task's owner, or None when `task_id` has not the form of one."""
    parts = task_id.split("-", 2)
    return parts[2].lower() if len(parts) == 3 and all(parts) else None
