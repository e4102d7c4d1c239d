"""Shows a customer's segments as corp tags in WeCom."""

import json
from typing import Any

from scrm import clock, initialised
from scrm.batches import Answer, each_message
from scrm.segments.projecting import show
from scrm.telemetry import Log, correlate
from scrm.wecom.deployed import wecom

log = Log("project_segment_tags")
initialised()


def handler(event: dict[str, Any], context: object) -> Answer:
    """Show each customer's segments; those that failed are delivered again."""
    with log.invocation(context):
        return each_message(event, _show, log)


def _show(record: dict[str, Any]) -> None:
    message = json.loads(record["body"])
    correlate(customer_id=message["customer_id"])
    show(message["customer_id"], message["attempt"], wecom(), clock.now())
