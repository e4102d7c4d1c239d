"""Sends a member their notices, merged and within the limits. One FIFO group a member."""

import json
from typing import Any

from scrm import clock
from scrm.notices.deployed import surroundings
from scrm.notices.model import from_plain
from scrm.notices.sending import flush, take
from scrm.telemetry import Log, correlate, count

log = Log("send_notices")


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Take in each message; return those not done, a failed one and all after it, since order is kept."""
    records = event["Records"]
    with log.invocation(context):
        world = surroundings(clock.now())
        for position, record in enumerate(records):
            try:
                _take_in(json.loads(record["body"]), world)
            except Exception:  # the queue redelivers it, and after five times keeps it among the dead
                log.exception("message_failed", message_id=record["messageId"])
                count("message_failed")
                return {
                    "batchItemFailures": [
                        {"itemIdentifier": each["messageId"]} for each in records[position:]
                    ]
                }
        return {"batchItemFailures": []}


def _take_in(message: dict[str, Any], world: Any) -> None:
    now = clock.now()
    if message["kind"] == "flush":
        correlate(notice_id=None)
        flush(message["userid"], world, now)
        return
    notice = from_plain(message["notice"])
    correlate(notice_id=notice.id)
    take(notice, world, now)
