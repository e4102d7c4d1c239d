"""Stream records of to-dos, notices, jobs and files, read into what changed, and what follows from it."""

from scrm import clock
from scrm.changes.effects import Effect
from scrm.changes.escalation import escalated
from scrm.changes.files import file_due, file_in_trouble
from scrm.changes.images import Change
from scrm.changes.jobs import chunk_followed, job_ended, job_started
from scrm.changes.tasks import task_changed
from scrm.jobs.rows_dynamodb import JOB, ChunkRow, JobRow
from scrm.materials.files_dynamodb import PREFIX as FILES
from scrm.materials.files_dynamodb import FileRow
from scrm.notices.dynamodb import NoticeRow, delivery_of
from scrm.settings.dynamodb import load as load_settings
from scrm.staff.dynamodb import directory
from scrm.tasks.dynamodb import TaskRow, task_of


def of_task(change: Change) -> list[Effect]:
    """Return what follows from a change of a to-do."""
    old, new = (task_of(each) if each else None for each in change.images(TaskRow))
    return task_changed(old, new)


def of_notice(change: Change) -> list[Effect]:
    """Return what follows from a notice that was not read in time."""
    before, after = (delivery_of(each) if each else None for each in change.images(NoticeRow))
    if after is None or after.settled_at is None:
        return []
    corp = load_settings()
    if not corp.escalate_after_minutes:
        return []
    return [*escalated(before, after, corp, directory(after.settled_at))]


def of_job(change: Change) -> list[Effect]:
    """Return what follows from a job that begins or ends."""
    if change.place != JOB:
        return []
    before, after = (each.entity() if each else None for each in change.images(JobRow))
    if after is None:
        return []
    return [*job_started(after)] if change.is_new else [*job_ended(before, after)]


def of_chunk(change: Change) -> list[Effect]:
    """A job's first chunks are stored before the job, which alone says that they are to be done."""
    before, chunk = change.images(ChunkRow)
    if chunk is None or chunk.follows is None or chunk.due_pk:
        return []
    if not change.is_new and not (before and before.due_pk):
        return []
    return [*chunk_followed(change.pk.partition("#")[2], chunk.entity())]


def of_file(change: Change) -> list[Effect]:
    """Return what follows from a change of a file."""
    # A part of an export is called a file, too.
    if not change.pk.startswith(FILES):
        return []
    before, after = (each.entity() if each else None for each in change.images(FileRow))
    return [*file_due(before, after, clock.now()), *file_in_trouble(before, after)]
