"""Chunks of jobs, as messages to the queue Jobs (docs/events.md)."""

import json
from collections.abc import Iterable
from itertools import islice

from scrm import aws
from scrm.config import required
from scrm.jobs.model import message

BATCH = 10


class NotQueued(RuntimeError):
    """SQS took only part of a batch; repeating queues the rest."""


def queue_chunks(job_id: str, chunk_ids: Iterable[str], delay: int = 0) -> None:
    """Queue chunks, to be done after `delay` seconds, 15 minutes at most. Harmless to repeat."""
    waiting = iter(chunk_ids)
    while batch := list(islice(waiting, BATCH)):
        entries = [
            {
                "Id": str(place),
                "MessageBody": json.dumps(message(job_id, chunk_id)),
                "DelaySeconds": delay,
            }
            for place, chunk_id in enumerate(batch)
        ]
        answer = aws.client("sqs").send_message_batch(QueueUrl=required("JOBS_URL"), Entries=entries)
        if answer.get("Failed"):
            raise NotQueued(f"{len(answer['Failed'])} chunks were not queued")


def queue_rule(rule_id: str, customer_id: str) -> None:
    """Queue a tag rule to be applied to a customer. Harmless to repeat."""
    body = json.dumps({"rule_id": rule_id, "customer_id": customer_id})
    aws.client("sqs").send_message(QueueUrl=required("JOBS_URL"), MessageBody=body)


def queue_tags(customer_id: str, name: str, tag_ids: Iterable[str]) -> None:
    """Queue tags that a SOP puts on a customer; `name` is what they are put for, once. Harmless to repeat."""
    body = json.dumps({"tags": list(tag_ids), "name": name, "customer_id": customer_id})
    aws.client("sqs").send_message(QueueUrl=required("JOBS_URL"), MessageBody=body)


def queue_files(file_ids: Iterable[str]) -> None:
    """Queue files to be uploaded to WeCom where that is due. Harmless to repeat. Raises NotQueued."""
    waiting = iter(file_ids)
    while batch := list(islice(waiting, BATCH)):
        entries = [
            {"Id": str(place), "MessageBody": json.dumps({"file_id": file_id})}
            for place, file_id in enumerate(batch)
        ]
        answer = aws.client("sqs").send_message_batch(QueueUrl=required("JOBS_URL"), Entries=entries)
        if answer.get("Failed"):
            raise NotQueued(f"{len(answer['Failed'])} files were not queued")
