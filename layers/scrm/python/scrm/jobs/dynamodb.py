"""Jobs as stored; their rows are in rows_dynamodb.py.

Whatever a chunk comes to is one transaction: its result, the job's counts, and the chunks that follow. So a
chunk counts once, however often it is delivered, and none that follows is lost.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from pynamodb.exceptions import TransactWriteError, UpdateError
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from scrm.audit.dynamodb import Step
from scrm.jobs.model import OPEN, Chunk, Job, NewJob, Outcome, Result, Status, Work, following
from scrm.jobs.rows_dynamodb import (
    CHUNK,
    JOB,
    LIST,
    RESULT,
    ChunkRow,
    JobRow,
    ListedRow,
    ResultRow,
    chunk_row,
    job_row,
    pk_of,
    until,
)
from scrm.table import in_transaction, rfc3339

# Five workers settle chunks of one job at a time; whoever loses the race goes again.
ATTEMPTS = 12


class Jobs:
    """The jobs of this deployment."""

    def put_chunks(self, new: NewJob, now: datetime) -> None:
        """Store the chunks a job begins with. Until the job itself is stored they mean nothing.

        Safe to repeat. 1 WRU for each KB of each.
        """
        with ChunkRow.batch_write() as batch:
            for chunk in new.chunks:
                batch.save(chunk_row(new.job_id, chunk, None, now))

    def steps(self, new: NewJob, now: datetime) -> list[Step]:
        """Return the transaction steps that start a job whose chunks are stored; refused when it is there."""
        job = new.job(now)
        kept = until(now)
        place = f"{rfc3339(now)}#{job.job_id}"
        listed = [ListedRow(each, place, expires_at=kept) for each in (LIST, own_list(job.requested_by))]

        def start(transaction: TransactWrite) -> None:
            transaction.save(job_row(job), condition=JobRow.pk.does_not_exist())

        def listed_step(row: ListedRow) -> Step:
            return lambda transaction: transaction.save(row)

        return [start, *(listed_step(row) for row in listed)]

    def start(self, new: NewJob, now: datetime) -> Job:
        """Start a job unless one of this id is there; return it. For work nobody audits. Safe to repeat."""
        if found := self.job(new.job_id):
            return found
        self.put_chunks(new, now)
        try:
            with in_transaction() as transaction:
                for step in self.steps(new, now):
                    step(transaction)
        except TransactWriteError:
            found = self.job(new.job_id)
            if found is None:
                raise
            return found
        return new.job(now)

    def job(self, job_id: str) -> Job | None:
        """Return a job, strongly read, or None. 1 RRU."""
        try:
            return JobRow.get(pk_of(job_id), JOB, consistent_read=True).entity()
        except JobRow.DoesNotExist:
            return None

    def jobs(self, job_ids: Iterable[str]) -> dict[str, Job]:
        """Return those of some jobs that there are, by id. 0.5 RRU each."""
        keys = [(pk_of(each), JOB) for each in dict.fromkeys(job_ids)]
        found = (row.entity() for row in JobRow.batch_get(keys)) if keys else ()
        return {each.job_id: each for each in found}

    def chunk(self, job_id: str, chunk_id: str) -> Chunk | None:
        """Return a chunk, strongly read, or None. 1 RRU for each 4 KB."""
        try:
            return ChunkRow.get(pk_of(job_id), CHUNK + chunk_id, consistent_read=True).entity()
        except ChunkRow.DoesNotExist:
            return None

    def is_settled(self, job_id: str, chunk_id: str) -> bool:
        """Return whether a chunk has its result, strongly read. 1 RRU for each 4 KB."""
        try:
            ResultRow.get(pk_of(job_id), RESULT + chunk_id, consistent_read=True)
        except ResultRow.DoesNotExist:
            return False
        return True

    def settle(self, work: Work, outcome: Outcome) -> None:
        """Record what a chunk came to, once: its result, the job's counts, and the chunks that follow.

        Safe to repeat: the first result stays. 2 WRU for each KB.
        """
        for _ in range(ATTEMPTS - 1):
            try:
                return self._settle(work, outcome)
            except TransactWriteError as error:
                if not _contended(error):
                    raise
        return self._settle(work, outcome)

    def _settle(self, work: Work, outcome: Outcome) -> None:
        pk, chunk_id = pk_of(work.job.job_id), work.chunk.chunk_id
        after = following(work, outcome)
        results = [[each.subject, each.status, each.code] for each in outcome.results]
        row = ResultRow(
            pk, RESULT + chunk_id, results=results, at=rfc3339(work.now), expires_at=until(work.now)
        )
        counts: list[Action] = [
            JobRow.done.add(outcome.count("done")),
            JobRow.failed.add(outcome.count("failed")),
            JobRow.skipped.add(outcome.count("skipped")),
            JobRow.open.add(len(after) - 1),
            JobRow.version.add(1),
        ]
        try:
            with in_transaction() as transaction:
                transaction.save(row, condition=ResultRow.pk.does_not_exist())
                for chunk in after:
                    transaction.save(chunk_row(work.job.job_id, chunk, chunk_id, work.now))
                transaction.update(JobRow(pk, JOB), counts, condition=JobRow.kind.exists())
        except TransactWriteError as error:
            first = next(iter(error.cancellation_reasons), None)
            if first is None or first.code != "ConditionalCheckFailed":
                raise

    def begin(self, job_id: str) -> None:
        """Record that a job is under way. Safe to repeat. 1 WRU."""
        self._turn(job_id, [JobRow.status.set("running")], JobRow.status == "queued")

    def finish(self, job_id: str, now: datetime) -> None:
        """Record what a job came to, when no chunk of it is open. Safe to repeat. 1 RRU, and 1 WRU once."""
        job = self.job(job_id)
        if job is None or not job.is_open or job.open > 0:
            return
        self._end(job_id, job.outcome, now, JobRow.open == 0)

    def give_up(self, job_id: str, code: str, now: datetime) -> None:
        """Record that a job failed as a whole; chunks that are open will do nothing. Safe to repeat."""
        self._end(job_id, "failed", now, None, JobRow.code.set(code))

    def cancel_step(self, job_id: str, now: datetime) -> Step:
        """Return the transaction step that calls a job off; refused when it has ended."""
        actions = [*_ended("cancelled", now), JobRow.version.add(1)]
        return lambda transaction: transaction.update(
            JobRow(pk_of(job_id), JOB), actions, condition=JobRow.status.is_in(*OPEN)
        )

    def _end(self, job_id: str, status: Status, now: datetime, more: Any, *also: Action) -> None:
        still = JobRow.status.is_in(*OPEN)
        self._turn(job_id, [*_ended(status, now), *also], still & more if more is not None else still)

    def _turn(self, job_id: str, actions: list[Action], condition: Any) -> None:
        try:
            JobRow(pk_of(job_id), JOB).update([*actions, JobRow.version.add(1)], condition)
        except UpdateError as error:
            if error.cause_response_code != "ConditionalCheckFailedException":
                raise

    def listed(self, of: str, limit: int, before: str | None = None) -> tuple[list[Job], str | None]:
        """Return up to `limit` jobs of a list (`LIST` or `own_list`), newest first, and where to go on."""
        where = ListedRow.sk < (before or "~")
        rows = list(ListedRow.query(of, where, scan_index_forward=False, limit=limit + 1))
        ids = [row.sk.partition("#")[2] for row in rows[:limit]]
        found = {row.pk: row.entity() for row in JobRow.batch_get([(pk_of(each), JOB) for each in ids])}
        jobs = [found[pk_of(each)] for each in ids if pk_of(each) in found]
        return jobs, rows[limit - 1].sk if len(rows) > limit else None

    def results(self, job_id: str, start: str = "") -> Iterator[tuple[str, list[Result]]]:
        """Yield (chunk id, its results) in the order of the chunks, from the chunk `start` on."""
        where = ResultRow.sk.between(RESULT + start, RESULT + "~")
        for row in ResultRow.query(pk_of(job_id), where):
            yield row.sk.removeprefix(RESULT), [Result(*each) for each in row.results]


def own_list(userid: str) -> str:
    """Return the key of the list of a member's own jobs."""
    return f"{LIST}#{userid.lower()}"


def _ended(status: Status, now: datetime) -> list[Action]:
    return [JobRow.status.set(status), JobRow.finished_at.set(rfc3339(now.astimezone(UTC)))]


def _contended(error: TransactWriteError) -> bool:
    return any(each is not None and each.code == "TransactionConflict" for each in error.cancellation_reasons)
