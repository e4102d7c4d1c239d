"""Deleting what is past due: by date, by member, and in a walk of those customers who are old enough.

Nothing here asks whether it was done: what is past due is looked for and deleted, so that repeating is safe.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from scrm.cards.dynamodb import months
from scrm.dead_letters.redriving import QUEUES
from scrm.jobs.dynamodb import Jobs
from scrm.jobs.model import NewJob
from scrm.moments import rfc3339
from scrm.privacy.retention import before, week
from scrm.privacy.rows_dynamodb import Found, collection, delete
from scrm.settings import dynamodb as settings
from scrm.staff.dynamodb import load_directory

KIND = "retention"
# Times of customers that their place in the lists does not tell (scrm.cards.postings).
ELSEWHERE = ("RANGE#first_added_at_elsewhere", "RANGE#known_at_elsewhere")
# How far back callbacks are looked for: longer than any pause of the schedule that we would notice.
CALLBACK_DAYS = 500
CALLBACKS_KEPT = timedelta(days=30)


def apply(now: datetime) -> dict[str, int]:
    """Delete what is past due, start the week's walk of customers; return how many rows went, by family."""
    chosen = settings.load().retention_days
    counts = {
        "notices": delete(_notices(before("notices", chosen, now))),
        "tasks": delete(_tasks(before("tasks", chosen, now))),
        "callbacks": delete(_callbacks(now)),
        "runs": delete(_runs(now)),
        "jobs": delete(_jobs(now)),
        "redriven": delete(_redriven(now)),
        "migrations": delete(_migrations(now)),
    }
    walk(now)
    return counts


def walk(now: datetime) -> None:
    """Start the job that looks through the customers who are old enough, once a week. Safe to repeat."""
    chosen = settings.load().retention_days
    limits = {each: before(each, chosen, now) for each in ("timeline", "stages")}
    latest = max(limits.values())
    starts = [*(f"{each}|" for each in months() if each <= latest[:7]), *(f"{each}|" for each in ELSEWHERE)]
    Jobs().start(NewJob(f"{KIND}-{week(now)}", KIND, "system", limits, starts=starts), now)


def _notices(limit: str) -> Iterator[Found]:
    compact = limit.replace("-", "").replace(":", "")
    for userid in load_directory().members:
        for each in collection(f"MEMBER#{userid}", "NOTICE#"):
            if each.sk >= f"NOTICE#{compact}":
                break
            yield each


def _tasks(limit: str) -> Iterator[Found]:
    for userid in load_directory().members:
        for each in collection(f"MEMBER#{userid}", "TASK#"):
            closed_at = str(each.plain.get("closed_at") or "")
            if closed_at and closed_at < limit:
                yield each


def _callbacks(now: datetime) -> Iterator[Found]:
    last = now - CALLBACKS_KEPT
    for days in range(CALLBACK_DAYS):
        yield from _expired(collection(f"CALLBACKS#{rfc3339(last - timedelta(days=days))[:10]}"), now)


def _runs(now: datetime) -> Iterator[Found]:
    for run in _expired(collection("SYNC", "RUN#"), now):
        yield from collection(f"SYNC#{run.sk.removeprefix('RUN#')}")
        yield run


def _jobs(now: datetime) -> Iterator[Found]:
    for listed in collection("JOBS"):
        job_id = listed.sk.partition("#")[2]
        yield from _expired(collection(f"EXPORT#{job_id}"), now)
        if not _is_over(listed, now):
            continue
        for row in collection(f"JOB#{job_id}"):
            yield row
            if row.sk == "JOB":
                yield from collection(f"JOBS#{row.plain['requested_by'].lower()}", listed.sk)
        yield listed


def _migrations(now: datetime) -> Iterator[Found]:
    for listed in _expired(collection("MIGRATIONS"), now):
        yield from collection(listed.sk)
        yield listed


def _redriven(now: datetime) -> Iterator[Found]:
    for queue in QUEUES:
        yield from _expired(collection(f"REDRIVEN#{queue}"), now)


def _expired(rows: Iterable[Found], now: datetime) -> Iterator[Found]:
    return (each for each in rows if _is_over(each, now))


def _is_over(row: Found, now: datetime) -> bool:
    until = row.plain.get("expires_at")
    return until is not None and until < now.timestamp()
