"""What the routes of jobs take and answer."""

from typing import Literal

from scrm.http.fields import In, Limit, Moment, Out
from scrm.jobs.model import ItemStatus, Status


class JobOut(Out):
    """A job and how far it is.

    `total` is null while nobody can know it. `code` says why a job failed as a whole. partial: some items
    failed; skipped items needed nothing done, or could have nothing done.
    """

    job_id: str
    kind: str
    status: Status
    requested_by: str
    reason: str
    created_at: Moment
    finished_at: Moment | None
    total: int | None
    done: int
    failed: int
    skipped: int
    code: str


class ItemOut(Out):
    """What became of one item; `code` says why, e.g. "not_friend"."""

    subject: str
    status: ItemStatus
    code: str


class ItemsQuery(In):
    """Which results are asked for."""

    status: Literal["done", "failed", "skipped"] | None = None
    limit: Limit = 50
    cursor: str | None = None
