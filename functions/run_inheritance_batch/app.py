"""Hands batches of customers over at WeCom, asks what became of them, and moves what is ours."""

import json
from datetime import datetime
from typing import Any

from scrm import clock, initialised
from scrm.batches import Answer, each_message
from scrm.inheritance.working import failed, look_at, soon
from scrm.telemetry import Log, correlate
from scrm.wecom.deployed import wecom

# What a step needs at most to end and be stored: a call to WeCom with its repetitions, 25 customers moved.
_RESERVE_MS = 30_000

log = Log("run_inheritance_batch")
wecom()
initialised()


def handler(event: dict[str, Any], context: Any) -> Answer:
    """Look at each batch; what failed is delivered again, and holds back its own member only."""

    def do(record: dict[str, Any]) -> None:
        message = json.loads(record["body"])
        plan_id, number, now = message["plan_id"], message["number"], clock.now()
        correlate(plan_id=plan_id, batch=number)
        if "failed" in message:
            at = datetime.fromisoformat(message["at"])
            if not failed(plan_id, number, message["external_userid"], message["failed"], at, now):
                return
        if "soon" in message:
            soon(plan_id, number, now)
        else:
            look_at(plan_id, number, now, lambda: context.get_remaining_time_in_millis() > _RESERVE_MS)

    with log.invocation(context):
        return each_message(event, do, log)
