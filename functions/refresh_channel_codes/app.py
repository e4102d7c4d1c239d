"""Every 10 minutes: queues the channels whose roster depends on the time, or whose code is unsettled."""

from typing import Any

from scrm import clock, initialised, telemetry
from scrm.channel_codes.queueing import queue_refreshes

log = telemetry.Log("refresh_channel_codes")
initialised()


def handler(event: dict[str, Any], context: object) -> dict[str, int]:
    """Queue the refreshes due at the event's `time`. Safe to repeat: each message's id names the tick."""
    now = clock.scheduled(event)
    with log.invocation(context):
        queued = queue_refreshes(now)
        telemetry.count("channel_refresh_queued", queued)
        return {"queued": queued}
