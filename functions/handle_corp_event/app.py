"""Follows tags, staff and everything else WeCom reports beside customers."""

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
    """Follow each event; those that failed are delivered again."""
    with log.invocation(context):
        return each_message(event, follow_one, log)


def follow_one(record: dict[str, Any]) -> None:
    """Bring everything to where one event leaves it. Safe to repeat."""
    message = queued(record["body"])
    telemetry.correlate(event_id=message.event_id)
    followed = follow(message, wecom(), clock.now())
    telemetry.count("corp_event", kind=followed)
