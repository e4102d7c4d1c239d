"""SOPT on the running local stack: how many due steps a minute it starts, by its own table and queues.

SOPT_STACK=1 python -m tests.bench SOPT --scale=0.05, by day on the stack's clock (make clock AT=…)
"""

from __future__ import annotations

import json
import time
from typing import Any

from infra.local.stack import aws, clock
from infra.local.stack.description import Description, read
from tests.bench.bars import Result, at_least, exactly, progress
from tests.bench.sop_corp import SopCorp
from tests.doubles.bundle import Bundle

PATIENCE = 1_800.0
SHARDS = 4


def minute_on_the_stack(number: int) -> list[Result]:
    """Put so many due enrollments into the stack's table, tick once, and wait until all are started."""
    stack = read()
    table = aws.client("dynamodb", stack.aws_endpoint_url)
    for rows in _batches(_rows(number)):
        table.batch_write_item(RequestItems={stack.tables["ScrmTable"]: rows})
    began = time.monotonic()
    event = json.dumps({"time": clock.now().isoformat()}).encode()
    aws.client("lambda", stack.aws_endpoint_url).invoke(
        FunctionName=stack.functions["StartDueSteps"], Payload=event
    )
    ticked = time.monotonic() - began
    left = number
    while left and time.monotonic() - began < PATIENCE:
        time.sleep(1)
        left = _due(table, stack)
    took = time.monotonic() - began
    started = number - left
    progress(f"SOPT stack: {started:,} started {took:.0f} s after the tick, which took {ticked:.0f} s")
    return [
        exactly("SOPT", "steps_started_on_the_stack", started, number),
        at_least("SOPT", "steps_a_minute_on_the_stack", int(60 * started / took), 10_000, " steps"),
    ]


def _rows(number: int) -> list[dict[str, Any]]:
    """Return members, customers, a SOP and due enrollments as the table holds them."""
    from scrm.sops.model import Step, Version

    bundle = Bundle(simulated=False)
    bundle.time.seconds = clock.now().timestamp()
    sop_id = f"sop_{int(bundle.time.seconds)}"
    version = Version(sop_id, 1, "一", "step_by_step", (Step("A1", "一"), Step("A2", "二")))
    with bundle.running("fast"):
        corp = SopCorp(bundle, members=max(10, number // 50))
        corp.define(version)
        corp.enrolled(corp.people(number), version, bundle.time.now())
        return [{"PutRequest": {"Item": each}} for each in bundle.cloud.store.rows("ScrmTable")]


def _batches(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    return [rows[start : start + 25] for start in range(0, len(rows), 25)]


def _due(table: Any, stack: Description) -> int:
    """Return how many enrollments the clock still has to look at."""
    now, found = clock.now().strftime("%Y-%m-%dT%H:%M:%SZ$"), 0
    for shard in range(SHARDS):
        pages = table.get_paginator("query").paginate(
            TableName=stack.tables["ScrmTable"],
            IndexName="by_due",
            Select="COUNT",
            KeyConditionExpression="due_pk = :shard AND due_sk < :now",
            ExpressionAttributeValues={":shard": {"S": f"DUE#sops#{shard}"}, ":now": {"S": now}},
        )
        found += sum(page["Count"] for page in pages)
    return found
