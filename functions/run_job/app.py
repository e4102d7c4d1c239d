"""Does a batch job, chunk by chunk."""

import json
from typing import Any

from scrm import clock, initialised
from scrm.batches import Answer, each_message
from scrm.jobs.running import run
from scrm.telemetry import Log, correlate

# What a chunk needs at most to end and be recorded once it has been told that there is no time.
_RESERVE_MS = 20_000

log = Log("run_job")
initialised()


def handler(event: dict[str, Any], context: Any) -> Answer:
    """Do each chunk; those that failed are delivered again."""

    def do(record: dict[str, Any]) -> None:
        message = json.loads(record["body"])
        correlate(job_id=message["job_id"], chunk=message["chunk"])
        run(
            message["job_id"],
            message["chunk"],
            clock.now(),
            lambda: context.get_remaining_time_in_millis() > _RESERVE_MS,
        )

    with log.invocation(context):
        return each_message(event, do, log)
