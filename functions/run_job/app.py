"""Does batch jobs, chunk by chunk, applies tags of rules and SOPs, shows segments, uploads files to WeCom."""

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
    """Do each message; those that failed are delivered again."""

    def do(record: dict[str, Any]) -> None:
        message = json.loads(record["body"])
        if "rule_id" in message:
            _apply(message["rule_id"], message["customer_id"])
        elif "tags" in message:
            _tag(message["customer_id"], message["name"], message["tags"])
        elif "attempt" in message:
            _show(message["customer_id"], message["attempt"])
        elif "file_id" in message:
            _warm(message["file_id"])
        else:
            _run(message["job_id"], message["chunk"], context)

    with log.invocation(context):
        return each_message(event, do, log)


def _run(job_id: str, chunk_id: str, context: Any) -> None:
    correlate(job_id=job_id, chunk=chunk_id)
    run(job_id, chunk_id, clock.now(), lambda: context.get_remaining_time_in_millis() > _RESERVE_MS)


def _apply(rule_id: str, customer_id: str) -> None:
    from scrm.tagging.by_rule import apply  # with WeCom's client, which most jobs do without

    correlate(rule_id=rule_id, customer_id=customer_id)
    apply(rule_id, customer_id, clock.now())


def _tag(customer_id: str, name: str, tag_ids: list[str]) -> None:
    from scrm.sops.tagging import put  # with WeCom's client

    correlate(customer_id=customer_id)
    put(customer_id, name, tag_ids, clock.now())


def _show(customer_id: str, attempt: int) -> None:
    from scrm.segments.projecting import show  # with WeCom's client
    from scrm.wecom.deployed import wecom

    correlate(customer_id=customer_id)
    show(customer_id, attempt, wecom(), clock.now())


def _warm(file_id: str) -> None:
    from scrm.materials.warming import warm  # with WeCom's client and S3's

    correlate(file_id=file_id)
    warm(file_id, clock.now())
