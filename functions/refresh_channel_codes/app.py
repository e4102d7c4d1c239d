"""Every 10 minutes: queues the channels whose roster depends on the time, or whose code is unsettled."""

from datetime import datetime
from typing import Any

from scrm import telemetry
from scrm.channel_codes.queueing import queue_refreshes

log = telemetry.Log("refresh_channel_codes")


def handler(event: dict[str, Any], context: object) -> dict[str, int]:
    """Queue the refreshes due at the event's `time`. Safe to repeat: each message's id names the tick."""
    now = datetime.fromisoformat(event["time"])
    with log.invocation(context):
        queued = queue_refreshes(now)
        telemetry.count("channel_refresh_queued", queued)
        return {"queued": queued}
