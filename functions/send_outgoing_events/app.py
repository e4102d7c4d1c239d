"""Tells other systems what has happened, signed, one message for each event and webhook."""

import json
from typing import Any

from scrm import clock, initialised
from scrm.batches import Answer, each_message
from scrm.outside.posting import Poster
from scrm.telemetry import Log, correlate
from scrm.webhooks.sending import tell

log = Log("send_outgoing_events")
poster = Poster()
initialised()


def handler(event: dict[str, Any], context: object) -> Answer:
    """Tell each event; those that were not taken come again."""
    with log.invocation(context):
        return each_message(event, send, log)


def send(record: dict[str, Any]) -> None:
    """Carry out one message; the receiver knows a repeated event by its id."""
    message = json.loads(record["body"])
    correlate(event_id=message["body"]["event_id"], webhook_id=message["webhook_id"])
    tell(poster, message["webhook_id"], message["body"], clock.now())
