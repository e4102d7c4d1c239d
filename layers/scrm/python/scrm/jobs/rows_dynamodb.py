"""Rows of jobs: `JOB#<job_id>` holds a job, its chunks and their results; `JOBS` lists them by time."""

from datetime import UTC, datetime

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from scrm.jobs.model import KEPT, Chunk, Job
from scrm.table import DueRow, Row, rfc3339

JOB = "JOB"
LIST = "JOBS"
CHUNK = "CHUNK#"
RESULT = "RESULT#"
WAITING = "DUE#jobs#0"


class JobRow(Row):
    """One job with its counts."""

    kind = UnicodeAttribute()
    requested_by = UnicodeAttribute()
    reason = UnicodeAttribute(null=True)
    params: JSONAttribute = JSONAttribute()
    status = UnicodeAttribute()
    created_at = UnicodeAttribute()
    finished_at = UnicodeAttribute(null=True)
    code = UnicodeAttribute(null=True)
    total = NumberAttribute(null=True)
    parts = NumberAttribute()
    open = NumberAttribute()
    done = NumberAttribute(default=0)
    failed = NumberAttribute(default=0)
    skipped = NumberAttribute(default=0)
    version = NumberAttribute(default=1)
    expires_at = NumberAttribute()

    def entity(self) -> Job:
        """Return the row as the rest of the product knows it."""
        return Job(
            job_id=self.pk.partition("#")[2],
            kind=self.kind,
            requested_by=self.requested_by,
            created_at=datetime.fromisoformat(self.created_at),
            params=dict(self.params),
            reason=self.reason or "",
            total=None if self.total is None else int(self.total),
            parts=int(self.parts),
            status=self.status,  # type: ignore[arg-type]  # only our own writer fills it
            done=int(self.done),
            failed=int(self.failed),
            skipped=int(self.skipped),
            open=int(self.open),
            code=self.code or "",
            finished_at=datetime.fromisoformat(self.finished_at) if self.finished_at else None,
        )


class ChunkRow(DueRow):
    """One chunk to be done. `follows` names the chunk it follows from; those a job begins with have none.

    While it waits for another day it is in `by_due`; taking it out queues it.
    """

    items: JSONAttribute = JSONAttribute(null=True)
    cursor = UnicodeAttribute(null=True)
    attempt = NumberAttribute(default=1)
    delay = NumberAttribute(default=0)
    follows = UnicodeAttribute(null=True)
    expires_at = NumberAttribute()

    def entity(self) -> Chunk:
        """Return the row as the rest of the product knows it."""
        return Chunk(
            self.sk.removeprefix(CHUNK),
            tuple(self.items or ()),
            self.cursor or "",
            int(self.attempt),
            int(self.delay),
        )


class ResultRow(Row):
    """What one chunk came to; while it is not there, the chunk is open."""

    results: JSONAttribute = JSONAttribute()
    at = UnicodeAttribute()
    expires_at = NumberAttribute()


class ListedRow(Row):
    """That there is a job, in the list of all or in that of whoever asked for it."""

    expires_at = NumberAttribute()


def job_row(job: Job) -> JobRow:
    """Return the row of a job that begins."""
    return JobRow(
        pk_of(job.job_id),
        JOB,
        kind=job.kind,
        requested_by=job.requested_by,
        reason=job.reason or None,
        params=dict(job.params),
        status=job.status,
        created_at=rfc3339(job.created_at.astimezone(UTC)),
        total=job.total,
        parts=job.parts,
        open=job.open,
        expires_at=until(job.created_at),
    )


def chunk_row(job_id: str, chunk: Chunk, follows: str | None, now: datetime) -> ChunkRow:
    """Return the row of a chunk."""
    return ChunkRow(
        pk_of(job_id),
        CHUNK + chunk.chunk_id,
        items=list(chunk.items) or None,
        cursor=chunk.cursor or None,
        attempt=chunk.attempt,
        delay=chunk.delay,
        follows=follows,
        expires_at=until(now),
        due_pk=WAITING if chunk.not_before else None,
        due_sk=f"{rfc3339(chunk.not_before.astimezone(UTC))}#{job_id}" if chunk.not_before else None,
    )


def pk_of(job_id: str) -> str:
    """Return the key of a job and all that is its."""
    return f"JOB#{job_id}"


def until(at: datetime) -> int:
    """Return when a row written at `at` may go, in unix seconds."""
    return int((at + KEPT).timestamp())
