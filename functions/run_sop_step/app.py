"""Does what is due of a customer's SOPs, and what follows there from what happens to the customer."""

import json
from typing import Any

from scrm import clock, initialised
from scrm.batches import Answer, each_message
from scrm.sops.happening import happen
from scrm.telemetry import Log

log = Log("run_sop_step")
initialised()


def handler(event: dict[str, Any], context: object) -> Answer:
    """Do each message; what failed is delivered again, and holds back its own customer only."""
    with log.invocation(context):
        return each_message(event, _do, log)


def _do(record: dict[str, Any]) -> None:
    happen(json.loads(record["body"]), clock.now())
