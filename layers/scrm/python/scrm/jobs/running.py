"""Doing one chunk of a job, whatever its kind."""

from collections.abc import Callable
from datetime import datetime

from scrm import telemetry
from scrm.jobs.dynamodb import Jobs
from scrm.jobs.kinds import runner_of
from scrm.jobs.model import GiveUp, Work

jobs = Jobs()
log = telemetry.Log("run_job")


def run(
    job_id: str,
    chunk_id: str,
    now: datetime,
    has_time: Callable[[], bool],
) -> None:
    """Do a chunk and record what it came to; when it was the last, record what the job came to.

    Safe to repeat: killed at any line, delivered twice or after the job was called off. Raises whatever the
    kind's runner raises; the chunk is then delivered again.
    """
    job = jobs.job(job_id)
    if job is None or not job.is_open:
        telemetry.count("chunk_without_open_job")
        return
    if not jobs.is_settled(job_id, chunk_id):
        chunk = jobs.chunk(job_id, chunk_id)
        if chunk is None:
            telemetry.count("chunk_without_row")
            return
        if job.status == "queued":
            jobs.begin(job_id)
        try:
            outcome = runner_of(job.kind)(Work(job, chunk, now, has_time))
        except GiveUp as stop:
            log.warning("job_given_up", job_id=job_id, kind=job.kind, why=stop.why)
            jobs.give_up(job_id, stop.why, now)
            return
        jobs.settle(Work(job, chunk, now), outcome)
    jobs.finish(job_id, now)
