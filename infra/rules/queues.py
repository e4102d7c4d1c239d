"""Nothing is lost between functions: queues, event sources, schedules."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from infra.rules.bundle import Bundle, Finding, leaves, listed, target

RECEIVES = 5
# Another system that has failed three times is down: an operator asks it again (INT-04).
FEWER = {"OutgoingEvents": 3}
FOURTEEN_DAYS = 1_209_600


def dead_letter_queues(bundle: Bundle) -> set[str]:
    """Return the queues that something else gives up into."""
    redriven = [queue.get("RedrivePolicy", {}) for _, queue in bundle.properties("AWS::SQS::Queue")]
    mappings = [mapping for _, mapping in bundle.properties("AWS::Lambda::EventSourceMapping")]
    failures = [mapping.get("DestinationConfig", {}).get("OnFailure", {}) for mapping in mappings]
    schedules = [schedule["Target"] for _, schedule in bundle.properties("AWS::Scheduler::Schedule")]
    ends = [policy.get("deadLetterTargetArn") for policy in redriven]
    ends += [failure.get("Destination") for failure in failures]
    ends += [schedule.get("DeadLetterConfig", {}).get("Arn") for schedule in schedules]
    return {target(end) for end in ends if end}


def queue_without_redrive(bundle: Bundle) -> Iterator[Finding]:
    dead = dead_letter_queues(bundle)
    for name, queue in bundle.properties("AWS::SQS::Queue"):
        if name in dead:
            continue
        if "RedrivePolicy" not in queue:
            yield Finding("queue-without-redrive", name, "has no dead-letter queue")
        elif queue["RedrivePolicy"].get("maxReceiveCount") != (receives := FEWER.get(name, RECEIVES)):
            yield Finding("queue-without-redrive", name, f"gives up after other than {receives} receives")


def dead_letters_expire(bundle: Bundle) -> Iterator[Finding]:
    for name, queue in bundle.properties("AWS::SQS::Queue"):
        if name in dead_letter_queues(bundle) and queue.get("MessageRetentionPeriod") != FOURTEEN_DAYS:
            yield Finding("dead-letters-expire", name, "keeps dead letters for less than 14 days")


def order_kept_in_dead_letters(bundle: Bundle) -> Iterator[Finding]:
    queues = dict(bundle.properties("AWS::SQS::Queue"))
    for name, queue in queues.items():
        dead = queues.get(target(queue.get("RedrivePolicy", {}).get("deadLetterTargetArn")), queue)
        if bool(queue.get("FifoQueue")) != bool(dead.get("FifoQueue")):
            yield Finding(
                "order-of-dead-letters", name, "a FIFO queue's dead-letter queue is FIFO, and only then"
            )


def unencrypted(bundle: Bundle) -> Iterator[Finding]:
    for name, queue in bundle.properties("AWS::SQS::Queue"):
        if not queue.get("SqsManagedSseEnabled") and "KmsMasterKeyId" not in queue:
            yield Finding("unencrypted", name, "stores messages in the clear")


def sources(bundle: Bundle, service: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the event source mappings of a service by what they read."""
    kind = {"sqs": "AWS::SQS::Queue", "dynamodb": "AWS::DynamoDB::Table"}[service]
    known = {name for name, _ in bundle.of_type(kind)}
    for name, mapping in bundle.properties("AWS::Lambda::EventSourceMapping"):
        if target(mapping["EventSourceArn"]) in known:
            yield name, mapping


def partial_batch_response(bundle: Bundle) -> Iterator[Finding]:
    for name, mapping in bundle.properties("AWS::Lambda::EventSourceMapping"):
        if "ReportBatchItemFailures" not in listed(mapping.get("FunctionResponseTypes")):
            yield Finding("partial-batch", name, "one bad message repeats its whole batch")


def visibility(bundle: Bundle) -> Iterator[Finding]:
    queues = dict(bundle.properties("AWS::SQS::Queue"))
    for name, mapping in sources(bundle, "sqs"):
        queue = target(mapping["EventSourceArn"])
        timeout = bundle.functions()[target(mapping["FunctionName"])].get("Timeout", 3)
        if queues[queue].get("VisibilityTimeout", 30) < 6 * timeout:
            yield Finding("visibility", queue, f"shorter than six times the {timeout} s of {name}'s function")


def bounded_concurrency(bundle: Bundle) -> Iterator[Finding]:
    for name, mapping in sources(bundle, "sqs"):
        if "MaximumConcurrency" not in mapping.get("ScalingConfig", {}):
            yield Finding("concurrency", name, "may take every worker of the account; set MaximumConcurrency")
    for name, function in bundle.functions().items():
        if "ReservedConcurrentExecutions" in function:
            yield Finding("concurrency", name, "reserved concurrency burns receives; bound the event source")


def loop_allowed(bundle: Bundle) -> Iterator[Finding]:
    """Lambda ends a chain after some 16 rounds through function and queue, unless the function allows it."""
    sends = {
        (role, target(resource))
        for role, statement in bundle.statements()
        if "sqs:SendMessage" in listed(statement.get("Action"))
        for resource in listed(statement.get("Resource"))
    }
    for _, mapping in sources(bundle, "sqs"):
        name, queue = target(mapping["FunctionName"]), target(mapping["EventSourceArn"])
        function = bundle.functions()[name]
        if (target(function["Role"]), queue) in sends and function.get("RecursiveLoop") != "Allow":
            yield Finding("loop", name, f"goes on through {queue}; Lambda stops it after 16 rounds")


def stream_moves_on(bundle: Bundle) -> Iterator[Finding]:
    for name, mapping in sources(bundle, "dynamodb"):
        if not mapping.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination"):
            yield Finding("stream", name, "records that fail for good are dropped; give OnFailure a queue")
        if mapping.get("MaximumRecordAgeInSeconds", -1) < 60:
            yield Finding("stream", name, "a poison record blocks its shard; set MaximumRecordAgeInSeconds")
        if mapping.get("MaximumRetryAttempts", -1) < 0 or not mapping.get("BisectBatchOnFunctionError"):
            yield Finding("stream", name, "bisect failing batches and bound the retries")
        if mapping.get("StartingPosition") != "TRIM_HORIZON":
            yield Finding(
                "stream", name, "changes made while it is deployed are missed; start at TRIM_HORIZON"
            )


def schedules(bundle: Bundle) -> Iterator[Finding]:
    for name, schedule in bundle.properties("AWS::Scheduler::Schedule"):
        aim = schedule["Target"]
        if not aim.get("DeadLetterConfig") or not aim.get("RetryPolicy"):
            yield Finding(
                "schedule", name, "a run that fails is dropped; give it retries and a dead-letter queue"
            )
        if "time" not in json.loads(aim.get("Input") or "{}"):
            yield Finding("schedule", name, "its function is not told the scheduled time")
        if "ScheduleExpressionTimezone" in schedule:
            yield Finding("schedule", name, "time zones are computed in code; the local engine ignores them")
        if isinstance(schedule.get("Name"), str):
            yield Finding("schedule", name, "a fixed name collides with a second stack in the account")


def fixed_names(bundle: Bundle) -> Iterator[Finding]:
    """A name without the stack's keeps a second stack out of the account."""
    for kind, key in (
        ("AWS::SQS::Queue", "QueueName"),
        ("AWS::DynamoDB::Table", "TableName"),
        ("AWS::Lambda::Function", "FunctionName"),
        ("AWS::IAM::Role", "RoleName"),
        ("AWS::Logs::LogGroup", "LogGroupName"),
    ):
        for name, properties in bundle.properties(kind):
            parts = [value for _, value in leaves(properties.get(key))]
            if parts and not any("AWS::StackName" in part for part in parts):
                yield Finding("fixed-name", name, f"{parts[0]} collides with a second stack in the account")


RULES = (
    queue_without_redrive,
    dead_letters_expire,
    order_kept_in_dead_letters,
    unencrypted,
    partial_batch_response,
    visibility,
    bounded_concurrency,
    loop_allowed,
    stream_moves_on,
    schedules,
    fixed_names,
)
