"""Refreshing the channel that a message names: its code takes on who may take customers now."""

from datetime import datetime
from typing import Any

from scrm import telemetry
from scrm.channel_codes import code, serial
from scrm.staff.dynamodb import load_directory
from scrm.wecom.client import WeCom


def refresh(message: dict[str, Any], wecom: WeCom, now: datetime) -> None:
    """Refresh one channel's code, or make a serial code. Safe to repeat."""
    channel_id = message["channel_id"]
    telemetry.correlate(channel_id=channel_id)
    if serial.is_serial(channel_id):
        outcome: str = code.make_serial_code(channel_id, wecom, now)
    else:
        after_add = message.get("reason") == "add"
        outcome = code.refresh(channel_id, wecom, load_directory(), now, after_add=after_add)
    telemetry.count("channel_refreshed", to=outcome)
