"""Recording a push, and starting it, each with its audit line in one transaction."""

from dataclasses import replace
from datetime import UTC
from typing import Any

from scrm.admin.audited import audited
from scrm.http.request import Request
from scrm.jobs.dynamodb import Jobs
from scrm.jobs.model import NewJob
from scrm.moments import rfc3339
from scrm.pushes import dynamodb as stored
from scrm.pushes.model import DUE_AFTER, Push
from scrm.queries.acting import KIND

jobs = Jobs()


def store(request: Request, action: str, before: Push | None, after: Push) -> Push:
    """Store a push without starting anything. Raises a 409 problem when it was changed meanwhile."""
    audited(request, action, _subject(after), _told(before), _told(after), stored.steps(after))
    return replace(after, version=after.version + 1)


def start(request: Request, action: str, before: Push | None, after: Push) -> Push:
    """Store a push as started, with its job; return it. Raises a 409 problem when it has changed."""
    new = _job(after, rfc3339((request.now + DUE_AFTER).astimezone(UTC)))
    started = replace(after, status="started", job_id=new.job_id)
    jobs.put_chunks(new, request.now)
    writes = [*stored.steps(started), *jobs.steps(new, request.now)]
    audited(request, action, _subject(after), _told(before), _told(started), writes)
    return replace(started, version=started.version + 1)


def _job(push: Push, due: str) -> NewJob:
    params: dict[str, Any] = {
        "push_id": push.push_id,
        "kind": push.kind,
        "item_id": push.item_id,
        "title": push.title,
        "note": push.note,
        "due": due,
    }
    job_id = f"job_{push.push_id}"
    if push.question:
        whole = {**push.question, "action": "push", "params": params}
        return NewJob(job_id, KIND, push.author, params=whole, reason=push.note, starts=("-",))
    return NewJob(job_id, "push", push.author, params=params, reason=push.note, items=push.pairs)


def _subject(push: Push) -> str:
    return f"PUSH#{push.push_id}"


def _told(push: Push | None) -> dict[str, Any] | None:
    if push is None:
        return None
    return {
        "status": push.status,
        "item": f"{push.kind}#{push.item_id}",
        "customers": push.customers,
        **({"reason": push.reason} if push.reason else {}),
    }
