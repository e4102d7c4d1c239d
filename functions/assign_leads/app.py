"""Decides whose new leads are."""

import json
from typing import Any

from scrm import clock, initialised
from scrm.batches import Answer, each_message
from scrm.leads.assigning import assign
from scrm.telemetry import Log, correlate

log = Log("assign_leads")
initialised()


def handler(event: dict[str, Any], context: object) -> Answer:
    """Decide on each lead; those that lost every race are delivered again."""
    with log.invocation(context):
        return each_message(event, _assign, log)


def _assign(record: dict[str, Any]) -> None:
    message = json.loads(record["body"])
    correlate(lead_id=message["lead_id"])
    assign(message["lead_id"], message["epoch"], clock.now())
