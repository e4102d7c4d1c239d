"""What the routes of pushes take and answer."""

from typing import Annotated

from pydantic import Field, model_validator

from scrm.http.fields import In, Moment, Out, PageQuery
from scrm.jobs.model import Status as JobStatus
from scrm.pushes.model import MOST_CUSTOMERS, Skipped, Status
from scrm.sends.model import SendKind

Id = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,64}$")]
Reason = Annotated[str, Field(max_length=200)]


class ItemIn(In):
    """What is to be sent."""

    kind: SendKind
    id: Id


class PushIn(In):
    """What is to be sent to whom: customers by name, or whom a saved query selects now."""

    item: ItemIn
    customers: Annotated[list[Id], Field(min_length=1, max_length=MOST_CUSTOMERS)] | None = None
    query_id: Id | None = None
    note: Reason = ""

    @model_validator(mode="after")
    def _names_somebody(self) -> "PushIn":
        if (self.customers is None) == (self.query_id is None):
            raise ValueError("customers 和 query_id 必须且只能给出一个")
        return self


class DecisionIn(In):
    """Why it is approved or rejected."""

    reason: Reason = ""


class PushesQuery(PageQuery):
    """Which pushes; without a status all."""


class SkippedOut(Out):
    """A customer whom nobody is asked to write to, and why."""

    external_userid: str
    code: Skipped


class OutcomeOut(Out):
    """How far a push is: `done` members were asked; `skipped` were not, e.g. as they were asked before."""

    status: JobStatus
    done: int
    skipped: int
    failed: int


class PushOut(Out):
    """A push. started: the job opens a to-do for each relation, and says what became of each.

    `customers` is null where a query selects more than were counted, `outcome` until it has started.
    """

    push_id: str
    item: ItemIn
    title: str
    status: Status
    author: str
    note: str
    customers: int | None
    skipped: list[SkippedOut]
    created_at: Moment
    decided_by: str
    decided_at: Moment | None
    reason: str
    job_id: str
    outcome: OutcomeOut | None
