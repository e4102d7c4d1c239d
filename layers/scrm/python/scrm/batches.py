"""Batches of records: each handled by itself, and only what failed handed back."""

from collections.abc import Callable, Iterable
from typing import Any

from scrm.telemetry import Log

Answer = dict[str, list[dict[str, str]]]
Handle = Callable[[dict[str, Any]], None]


def each_message(event: dict[str, Any], handle: Handle, log: Log) -> Answer:
    """Handle every message of an SQS event; return the failed ones for SQS to deliver again.

    In a FIFO queue what follows a failed message of the same group waits with it, so that order holds.
    """
    failed: list[str] = []
    held_back: set[str] = set()
    for record in event["Records"]:
        group = record.get("attributes", {}).get("MessageGroupId")
        if group in held_back or not _done(record, handle, log, record["messageId"]):
            failed.append(record["messageId"])
            held_back |= {group} if group else set()
    return _answer(failed)


def each_change(event: dict[str, Any], handle: Handle, log: Log) -> Answer:
    """Handle every record of a stream event; return those to be delivered again.

    A stream goes on from the first failure, so what follows it is left for then: order holds for each row.
    """
    for record in event["Records"]:
        number = record["dynamodb"]["SequenceNumber"]
        if not _done(record, handle, log, number):
            return _answer([number])
    return _answer([])


def _done(record: dict[str, Any], handle: Handle, log: Log, identity: str) -> bool:
    try:
        handle(record)
    except Exception:  # one record's failure must not cost the others
        log.exception("record_failed", record=identity)
        return False
    return True


def _answer(failed: Iterable[str]) -> Answer:
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}
