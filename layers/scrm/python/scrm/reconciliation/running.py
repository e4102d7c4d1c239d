"""Runs: one at a time, started by the clock or a person, and resumed wherever they were interrupted."""

import json
import math
from datetime import datetime

from scrm import aws, telemetry
from scrm.config import required
from scrm.reconciliation.dynamodb import Runs
from scrm.reconciliation.model import Page, Progress, Run
from scrm.wecom import customers as wecom_customers
from scrm.wecom.client import WeCom

runs = Runs()
log = telemetry.Log("reconciliation")

_BATCH = 10


class NotQueued(RuntimeError):
    """SQS took only part of a batch; repeating queues the rest."""


def start(now: datetime, requested_by: str, run_id: str | None = None) -> str:
    """Start a run and return its id; while one is under way, return that one's id instead.

    `requested_by` is a userid or "schedule"; the same `run_id` starts the same run. Its members are listed
    by `ask_for_members` or `list_members`. Safe to repeat.
    """
    wanted = Run(run_id or f"{now:%Y%m%dT%H%M%SZ}", requested_by, now)
    current = runs.current()
    if current and current != wanted.run_id and _is_under_way(current, now):
        return current
    runs.put(wanted)
    if current == wanted.run_id or runs.make_current(wanted.run_id, instead_of=current):
        return wanted.run_id
    return runs.current() or wanted.run_id


def ask_for_members(run_id: str) -> None:
    """Queue the listing of the run's members, unless they are listed. Safe to repeat."""
    run = runs.run(run_id)
    if run and not run.listed:
        _enqueue_all([Page(run_id)])


def progress(run_id: str) -> Progress | None:
    """Return how far a run is, or None when there is no such run."""
    return runs.progress(run_id)


def list_members(run_id: str, wecom: WeCom, now: datetime) -> int:
    """Ask WeCom who has customers and queue each one's first page; return how many are queued.

    Killed and repeated it goes on; once all are queued it does nothing. Raises WeComError, NotQueued.
    """
    run = runs.run(run_id)
    if run is None or run.listed:
        return 0
    for userid in wecom_customers.staff_with_customers(wecom):
        runs.put_member(run, userid)
    waiting = runs.unfinished(run_id)
    _enqueue_all([Page(run_id, userid) for userid in waiting])
    runs.mark_listed(run)
    seconds = round((now - run.started_at).total_seconds())
    log.info("members_listed", run_id=run_id, members=len(waiting), after_seconds=seconds)
    return len(waiting)


def enqueue(page: Page, delay_seconds: float = 0) -> None:
    """Queue a page, to be handled after `delay_seconds`, 15 minutes at most."""
    aws.client("sqs").send_message(
        QueueUrl=required("SYNC_PAGES_URL"),
        MessageBody=json.dumps(page.message()),
        DelaySeconds=min(math.ceil(delay_seconds), 900),
    )


def _enqueue_all(pages: list[Page]) -> None:
    for start_at in range(0, len(pages), _BATCH):
        entries = [
            {"Id": str(place), "MessageBody": json.dumps(page.message())}
            for place, page in enumerate(pages[start_at : start_at + _BATCH])
        ]
        answer = aws.client("sqs").send_message_batch(QueueUrl=required("SYNC_PAGES_URL"), Entries=entries)
        if answer.get("Failed"):
            raise NotQueued(f"{len(answer['Failed'])} pages were not queued")


def _is_under_way(run_id: str, now: datetime) -> bool:
    found = runs.progress(run_id)
    return found is not None and found.status != "done" and not found.run.may_be_given_up(now)
