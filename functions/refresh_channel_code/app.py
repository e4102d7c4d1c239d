"""Puts the staff on a channel code who may take customers now."""

import json
from typing import Any

from scrm import clock, initialised, telemetry
from scrm.batches import Answer, each_message
from scrm.channel_codes import code, serial
from scrm.staff.dynamodb import load_directory
from scrm.wecom.deployed import wecom

log = telemetry.Log("refresh_channel_code")
wecom()
initialised()


def handler(event: dict[str, Any], context: object) -> Answer:
    """Refresh each channel named; those that failed are delivered again."""
    with log.invocation(context):
        return each_message(event, refresh_one, log)


def refresh_one(record: dict[str, Any]) -> None:
    """Refresh one channel's code, or make a serial code. Safe to repeat."""
    message = json.loads(record["body"])
    channel_id, now = message["channel_id"], clock.now()
    telemetry.correlate(channel_id=channel_id)
    if serial.is_serial(channel_id):
        outcome: str = code.make_serial_code(channel_id, wecom(), now)
    else:
        after_add = message.get("reason") == "add"
        outcome = code.refresh(channel_id, wecom(), load_directory(), now, after_add=after_add)
    telemetry.count("channel_refreshed", to=outcome)
