"""Counting what the local stack consumes: what is passed on, what is counted, and under which name."""

import asyncio
import json
from typing import Any

import pytest

from infra.local.metering import Meter, kind_of, read_units, write_units

CARD = {"PK": {"S": "CARD#cu_1"}, "SK": {"S": "lisi#wmE1"}}
ADDED = {
    "TableName": "T",
    "IndexName": "by_added",
    "KeyConditionExpression": "#0 = :0",
    "ExpressionAttributeValues": {":0": {"S": "ADDED#2026-03"}},
}


def played(meter: Meter, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
    """Send a request through the meter and return the answer."""
    body = json.dumps(asked).encode()
    sent: list[dict[str, Any]] = []
    halves = [
        {"type": "http.request", "body": body[:9], "more_body": True},
        {"type": "http.request", "body": body[9:], "more_body": False},
    ]

    async def receive() -> Any:
        return halves.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"x-amz-target", f"DynamoDB_20120810.{operation}".encode()), (b"content-length", b"1")]
    asyncio.run(meter.pass_on({"type": "http", "headers": headers}, receive, send))
    answer: dict[str, Any] = json.loads(b"".join(each.get("body", b"") for each in sent))
    return answer


def engine(answer: dict[str, Any]) -> Any:
    """Return an engine that answers this, and with what it was asked."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message["body"]
            more = message["more_body"]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        told = {
            **answer,
            "asked": json.loads(body),
            "headers": [name.decode() for name, _ in scope["headers"]],
        }
        await send({"type": "http.response.body", "body": json.dumps(told).encode()})

    return app


def test_nothing_is_counted_or_changed_before_it_is_asked_for() -> None:
    meter = Meter(engine({"ConsumedCapacity": {"CapacityUnits": 3.0}}))

    answer = played(meter, "PutItem", {"Item": CARD})

    assert answer["asked"] == {"Item": CARD}
    assert meter.read(go_on=False) == {}


def test_writes_are_counted_as_the_engine_prices_them_until_the_end() -> None:
    meter = Meter(engine({"ConsumedCapacity": {"CapacityUnits": 3.0}}))
    meter.read(go_on=True)

    answer = played(meter, "PutItem", {"Item": CARD})
    played(meter, "PutItem", {"Item": CARD})

    assert answer["asked"] == {"Item": CARD, "ReturnConsumedCapacity": "TOTAL"}
    assert answer["headers"].count("content-length") == 1
    assert meter.read(go_on=True) == {"PutItem CARD": 6.0}
    played(meter, "PutItem", {"Item": CARD})
    assert meter.read(go_on=False) == {"PutItem CARD": 3.0}
    played(meter, "PutItem", {"Item": CARD})
    assert meter.read(go_on=False) == {}


def test_reads_are_counted_by_the_sizes_of_what_was_read() -> None:
    row = {**CARD, "card": {"S": "x" * 4100}}
    meter = Meter(engine({"Items": [row, row]}))
    meter.read(go_on=True)

    played(meter, "Query", ADDED)
    played(meter, "Query", {**ADDED, "ConsistentRead": True})

    assert meter.read(go_on=False) == {"Query ADDED": 1.5 + 3.0}


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ({"Key": {"PK": {"S": "JOB#job_1"}, "SK": {"S": "JOB"}}}, "JOB"),
        ({"ExpressionAttributeValues": {":0": {"S": "x#y"}}, "Key": CARD}, "CARD"),
        ({"TransactItems": [{"Put": {"TableName": "T", "Item": CARD}}]}, "CARD"),
        ({"RequestItems": {"T": [{"DeleteRequest": {"Key": {"PK": {"S": "HAS#tags#a"}}}}]}}, "HAS"),
        ({"Key": {"key": {"S": "LEASE#job"}}}, "LEASE"),
        (ADDED, "ADDED"),
        ({}, ""),
    ],
)
def test_what_a_request_is_about_is_the_first_partition_it_names(asked: Any, kind: str) -> None:
    assert kind_of(asked) == kind


def test_absent_rows_and_refused_writes_cost_what_they_cost() -> None:
    keys = {"RequestItems": {"T": {"Keys": [CARD, CARD]}}}

    assert read_units("GetItem", {"ConsistentRead": True}, {}) == 1
    assert read_units("GetItem", {}, {}) == 0.5
    assert read_units("BatchGetItem", keys, {"Responses": {"T": [CARD]}}) == 1
    assert write_units("PutItem", {}, {"__type": "ConditionalCheckFailedException"}) == 1
    several = {"ConsumedCapacity": [{"CapacityUnits": 4.0}, {"CapacityUnits": 2.0}]}
    assert write_units("TransactWriteItems", {}, several) == 6
