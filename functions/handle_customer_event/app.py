"""Welcomes, records and tags customers as WeCom reports them."""

from typing import Any

from scrm import clock, initialised, telemetry
from scrm.batches import Answer, each_message
from scrm.callbacks.dynamodb import keep
from scrm.callbacks.queued import queued
from scrm.config import corp
from scrm.customers.arrival import arrival_of
from scrm.customers.dynamodb import Customers
from scrm.customers.intake import Intake
from scrm.customers.person import People
from scrm.identities.dynamodb import Identities
from scrm.wecom.deployed import wecom
from scrm.wecom.events import typed

log = telemetry.Log("handle_customer_event")
customers = Customers()
intake = Intake(wecom(), customers, People(corp().corp_id, customers, Identities()))
initialised()


def handler(event: dict[str, Any], context: object) -> Answer:
    """Handle each callback; those that failed are delivered again."""
    with log.invocation(context):
        return each_message(event, handle_one, log)


def handle_one(record: dict[str, Any]) -> None:
    """Bring everything to where one callback leaves it. Safe to repeat."""
    now, readings = clock.now(), clock.readings()
    message = queued(record["body"])
    telemetry.correlate(event_id=message.event_id)
    arrival = arrival_of(typed(message.event), message.event_id)
    if arrival is None or not (arrival.userid and arrival.external_userid):
        keep(message, now)
        telemetry.count("unknown_event_kept")
        return
    telemetry.count("customer_event", kind=arrival.fact.kind)
    intake.take_in(arrival, now, readings)
