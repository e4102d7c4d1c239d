"""Follows tags, staff and everything else WeCom reports beside customers; puts staff on channel codes."""

import json
from typing import Any

from scrm import clock, initialised, telemetry
from scrm.batches import Answer, each_message
from scrm.callbacks.queued import queued
from scrm.corp_events.following import follow
from scrm.wecom.deployed import wecom

log = telemetry.Log("handle_corp_event")
wecom()
initialised()


def handler(event: dict[str, Any], context: object) -> Answer:
    """Follow each event, refresh each channel named; those that failed are delivered again."""
    with log.invocation(context):
        return each_message(event, do_one, log)


def do_one(record: dict[str, Any]) -> None:
    """Bring everything to where an event leaves it, or a code to who may be on it. Safe to repeat."""
    plain = json.loads(record["body"])
    if "channel_id" in plain:
        from scrm.channel_codes.refreshing import refresh  # most events do without

        refresh(plain, wecom(), clock.now())
        return
    message = queued(record["body"])
    telemetry.correlate(event_id=message.event_id)
    followed = follow(message, wecom(), clock.now())
    telemetry.count("corp_event", kind=followed)
