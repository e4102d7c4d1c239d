"""Starting a job at somebody's request, with its audit line in the same transaction."""

from collections.abc import Mapping, Sequence
from typing import Any

from scrm.admin.audited import audited
from scrm.http.request import Request
from scrm.jobs.dynamodb import Jobs
from scrm.jobs.model import CHUNK_ITEMS, Job, NewJob

jobs = Jobs()


def begin(
    request: Request,
    kind: str,
    *,
    params: Mapping[str, Any],
    items: Sequence[str] = (),
    starts: Sequence[str] = (),
    expected: int | None = None,
    chunk_items: int = CHUNK_ITEMS,
    reason: str = "",
    audit: Mapping[str, Any] | None = None,
) -> Job:
    """Start a job over `items`, or a walk from each of `starts`, and return it.

    `audit` is what the audit log is told beyond kind and number. A repetition of the request with the same
    Idempotency-Key finds the job it started; declare the route with `creates=True`. Raises 503 when the
    audit log is busy.
    """
    new = NewJob(
        request.new_id("job"),
        kind,
        request.staff.userid,
        params=params,
        reason=reason,
        items=items,
        starts=starts,
        expected=expected,
        chunk_items=chunk_items,
    )
    if found := jobs.job(new.job_id):
        return found
    jobs.put_chunks(new, request.now)
    told = {"kind": kind, "items": len(items) or expected, **({"reason": reason} if reason else {})}
    audited(
        request,
        "job_started",
        f"JOB#{new.job_id}",
        None,
        {**told, **(audit or {})},
        writes=jobs.steps(new, request.now),
    )
    return new.job(request.now)
