"""Invoke every scheduled function once, at the stack's clock, as EventBridge Scheduler would."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from infra.local.stack import aws, clock
from infra.local.stack.description import Description, read
from infra.local.stack.places import say


@dataclass(frozen=True)
class Schedule:
    name: str
    function: str
    event: dict[str, Any]


def schedules(stack: Description) -> list[Schedule]:
    """Return what is deployed: each schedule with the function it invokes and the event it sends, by name."""
    scheduler = aws.client("scheduler", stack.aws_endpoint_url)
    found = []
    for page in scheduler.get_paginator("list_schedules").paginate():
        for summary in page["Schedules"]:
            schedule = scheduler.get_schedule(Name=summary["Name"], GroupName=summary["GroupName"])
            target = schedule["Target"]
            event = json.loads(target.get("Input") or "{}")
            found.append(Schedule(summary["Name"], target["Arn"].rsplit(":", 1)[-1], event))
    return sorted(found, key=lambda schedule: schedule.name)


def tick(stack: Description, at: datetime | None = None, only: tuple[str, ...] = ()) -> list[str]:
    """Invoke each scheduled function with the stack's clock as `time`; return those that failed.

    `only` names some of them by their logical names; those are not told of.
    """
    functions = aws.client("lambda", stack.aws_endpoint_url)
    logical = {real: name for name, real in stack.functions.items()}
    failed = []
    for schedule in schedules(stack):
        event = {**schedule.event, "time": rfc3339(at or clock.now())}
        answer = functions.invoke(FunctionName=schedule.function, Payload=json.dumps(event).encode())
        name = logical.get(schedule.function, schedule.function)
        failed += [name] if answer.get("FunctionError") else []
        if not only:
            say(f"{name} {'failed' if answer.get('FunctionError') else 'done'} at {event['time']}.")
    return failed


def rfc3339(moment: datetime) -> str:
    """Return the time as EventBridge Scheduler writes it: UTC, whole seconds, Z."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def main() -> None:
    """Run `make tick`."""
    if failed := tick(read()):
        sys.exit(f"Failed: {', '.join(failed)}")
