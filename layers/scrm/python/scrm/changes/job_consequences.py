"""Carrying out what follows for jobs, files and rules of tags; imported when the first of it comes."""

from collections.abc import Callable, Mapping
from typing import Any

from scrm.changes.carrying_out import Consequences
from scrm.changes.effects import ChunksToDo, FileDue, RuleMet
from scrm.jobs.queueing import queue_chunks, queue_files, queue_rule


def done_by(_: Consequences) -> Mapping[type[Any], Callable[[Any, Any], None]]:
    """Return how each effect is carried out."""
    return {
        ChunksToDo: lambda effect, _: queue_chunks(effect.job_id, effect.chunk_ids, effect.delay),
        RuleMet: lambda effect, _: queue_rule(effect.rule_id, effect.customer_id),
        FileDue: lambda effect, _: queue_files([effect.file_id]),
    }
