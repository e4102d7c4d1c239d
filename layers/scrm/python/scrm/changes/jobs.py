"""What follows from a job or a chunk of one: its chunks are queued, and whom it concerns is told. Pure."""

from scrm.changes.effects import ChunksToDo, Told
from scrm.jobs.model import Chunk, Job, first_chunk
from scrm.notices.model import notice


def job_started(job: Job) -> list[ChunksToDo]:
    """Return the chunks a new job begins with, one a part; they are stored already.

    A job whose params say so begins some seconds later (`begins_after`).
    """
    delay = int(job.params.get("begins_after", 0))
    return [ChunksToDo(job.job_id, tuple(first_chunk(part) for part in range(job.parts)), delay)]


def chunk_followed(job_id: str, chunk: Chunk) -> list[ChunksToDo]:
    """Return a chunk that another one left behind, when it is due."""
    return [ChunksToDo(job_id, (chunk.chunk_id,), chunk.delay)]


def job_ended(before: Job | None, after: Job) -> list[Told]:
    """Return that a member is told of the groups 客户群 that became theirs, once all has been tried."""
    ended = before is not None and before.is_open and not after.is_open and after.finished_at
    if not ended or after.finished_at is None or after.kind != "group_transfer" or not after.done:
        return []
    facts = {"result": f"{after.done} 个客户群已转给你"}
    userid = str(after.params["new_owner"])
    return [Told(notice("transfer_result", userid, after.finished_at, after.job_id, facts=facts))]
