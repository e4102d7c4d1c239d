"""Batches of records: each handled by itself, and only what failed handed back."""

from collections.abc import Callable, Iterable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from scrm.customers.model import VersionConflict
from scrm.telemetry import Log, count

Answer = dict[str, list[dict[str, str]]]
Handle = Callable[[dict[str, Any]], None]

# maxReceiveCount of every queue in template.yaml.
MAX_RECEIVES = 5
_BUSY = frozenset(
    {
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "ThrottlingException",
        "TransactionConflictException",
    }
)
_PASSING_REASONS = frozenset({"ProvisionedThroughputExceeded", "ThrottlingError", "TransactionConflict"})


def each_message(event: dict[str, Any], handle: Handle, log: Log) -> Answer:
    """Handle every message of an SQS event; return the failed ones for SQS to deliver again.

    In a FIFO queue what follows a failed message of the same group waits with it, so that order holds. A
    message that goes to the dead letters now is followed no longer: those behind it were received as often
    as it was, and would go with it.
    """
    failed: list[str] = []
    held_back: set[str] = set()
    for record in event["Records"]:
        attributes = record.get("attributes", {})
        group = attributes.get("MessageGroupId")
        if group in held_back:
            failed.append(record["messageId"])
        elif not _done(record, handle, log, record["messageId"]):
            failed.append(record["messageId"])
            gone = int(attributes.get("ApproximateReceiveCount", 1)) >= MAX_RECEIVES
            held_back |= {group} if group and not gone else set()
    return _answer(failed)


def each_change(event: dict[str, Any], handle: Handle, park: Handle, log: Log) -> Answer:
    """Handle every record of a stream event in order.

    A record that fails for a passing reason (throttled, no connection) is delivered again, with all after
    it. One that will fail for ever is parked and passed over: it must not hold up its shard.
    """
    for record in event["Records"]:
        number = record["dynamodb"]["SequenceNumber"]
        try:
            handle(record)
        except Exception as error:
            log.exception("record_failed", record=number)
            if will_pass(error) or not _done(record, park, log, number):
                return _answer([number])
            count("record_parked")
    return _answer([])


def will_pass(error: BaseException) -> bool:
    """Return whether the same request may succeed later: AWS was busy or did not answer, or others wrote."""
    if isinstance(error, VersionConflict):
        return True
    if isinstance(error, AttributeError) and error.__context__ is not None:
        # Asked for the code of a request that was never answered, PynamoDB fails itself.
        return will_pass(error.__context__)
    reasons = {reason.code for reason in getattr(error, "cancellation_reasons", ()) if reason}
    if reasons:
        return reasons <= _PASSING_REASONS
    cause = getattr(error, "cause", None) or error
    if isinstance(cause, ClientError):
        status = cause.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return status >= 500 or cause.response.get("Error", {}).get("Code") in _BUSY
    return isinstance(cause, BotoCoreError)


def _done(record: dict[str, Any], handle: Handle, log: Log, identity: str) -> bool:
    try:
        handle(record)
    except Exception:  # one record's failure must not cost the others
        log.exception("record_failed", record=identity)
        return False
    return True


def _answer(failed: Iterable[str]) -> Answer:
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}
