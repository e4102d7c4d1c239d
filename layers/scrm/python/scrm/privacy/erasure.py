"""An erasure 删除个人信息 and how far it is. Pure.

Its steps are the stores, then the dead letters; then, after what was in flight has come to rest, all of them
again. Killed anywhere and repeated it does what is left, and ends with nothing but counts and a receipt.
The job that carries it out has its id, and two chunks: all steps, and all of them again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from scrm.jobs.model import NewJob
from scrm.privacy.person import Person

Status = Literal["running", "checking", "done"]
CHECK_AFTER_SECONDS = 30
"""What was under way when the rows went (a batch of the stream, a request) is done by then."""

KIND = "erasure"
FIRST, LAST = "erase", "check"
"""The two places of the walk."""

CONFIRM = "永久删除"
"""What whoever erases has to write."""


@dataclass(frozen=True)
class Erasure:
    """One erasure. `customer_ids` and `person` are kept until it is done; `counts` are rows by store."""

    erasure_id: str
    requested_by: str
    requested_at: datetime
    status: Status = "running"
    customer_ids: tuple[str, ...] = ()
    person: Person | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    finished_at: datetime | None = None
    version: int = 1

    @property
    def job(self) -> NewJob:
        """Return the job that carries it out; nothing in it tells whom it is about."""
        return NewJob(self.erasure_id, KIND, self.requested_by, starts=(FIRST,), expected=1)
