"""What follows from a job or a chunk of one: its chunks are queued. Pure."""

from scrm.changes.effects import ChunksToDo
from scrm.jobs.model import Chunk, Job, first_chunk


def job_started(job: Job) -> list[ChunksToDo]:
    """Return the chunks a new job begins with, one a part; they are stored already.

    A job whose params say so begins some seconds later (`begins_after`).
    """
    delay = int(job.params.get("begins_after", 0))
    return [ChunksToDo(job.job_id, tuple(first_chunk(part) for part in range(job.parts)), delay)]


def chunk_followed(job_id: str, chunk: Chunk) -> list[ChunksToDo]:
    """Return a chunk that another one left behind, when it is due."""
    return [ChunksToDo(job_id, (chunk.chunk_id,), chunk.delay)]
