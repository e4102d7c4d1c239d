"""Sends a member their notices, merged and within the limits. One FIFO group a member."""

import json
from functools import partial
from typing import Any

from scrm import clock, initialised
from scrm.batches import Answer, each_message
from scrm.notices.deployed import surroundings
from scrm.notices.model import from_plain
from scrm.notices.sending import Surroundings, flush, take
from scrm.telemetry import Log, correlate

log = Log("send_notices")
initialised()


def handler(event: dict[str, Any], context: object) -> Answer:
    """Take in each message; those that failed, and what follows them in their group, come again."""
    with log.invocation(context):
        return each_message(event, partial(_take_in, surroundings()), log)


def _take_in(world: Surroundings, record: dict[str, Any]) -> None:
    now = clock.now()
    message = json.loads(record["body"])
    if message["kind"] == "flush":
        correlate(notice_id=None)
        flush(message["userid"], world, now)
        return
    notice = from_plain(message["notice"])
    correlate(notice_id=notice.id)
    take(notice, world, now)
