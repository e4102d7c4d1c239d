"""Counting the capacity that the running stack consumes, by what was asked and by the kind of row.

Writes are what the engine says (ReturnConsumedCapacity). It prices reads at a flat unit, so they come from
the calculator, over the sizes of the rows in the answer; a read that answers with less than it read (a
filter, a count) is counted too low.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any

from tests.capacity.calculator import get_units, item_size, page_units

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

READS = frozenset({"GetItem", "Query", "BatchGetItem", "TransactGetItems", "Scan"})
WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"})


class Meter:
    """Stands in front of the engine; as long as nobody asked it to count it only passes on."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.counted: dict[str, float] | None = None

    def read(self, *, go_on: bool) -> dict[str, float]:
        """Return what was counted since the last reading, e.g. {"Query ADDED": 12.5}."""
        found, self.counted = self.counted, {} if go_on else None
        return found or {}

    async def pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the engine answer, and count when it is DynamoDB that was asked."""
        operation = _operation(scope)
        if self.counted is None or operation not in READS | WRITES:
            await self.app(scope, receive, send)
            return
        asked = json.loads(await body_of(receive))
        answered = bytearray()

        async def kept(message: MutableMapping[str, Any]) -> None:
            answered.extend(message.get("body", b""))
            await send(message)

        body = json.dumps({**asked, "ReturnConsumedCapacity": "TOTAL"}).encode()
        headers = [(name, value) for name, value in scope["headers"] if name != b"content-length"]
        headers.append((b"content-length", str(len(body)).encode()))
        await self.app({**scope, "headers": headers}, _replay(body, receive), kept)
        counted = read_units if operation in READS else write_units
        name, units = f"{operation} {kind_of(asked)}", counted(operation, asked, json.loads(answered))
        if self.counted is not None:
            self.counted[name] = self.counted.get(name, 0.0) + units


def _operation(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-amz-target" and value.startswith(b"DynamoDB_"):
            return str(value.decode().rpartition(".")[2])
    return ""


async def body_of(receive: Receive) -> bytes:
    """Return the whole body of a request."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


def _replay(body: bytes, receive: Receive) -> Receive:
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> MutableMapping[str, Any]:
        return waiting.pop() if waiting else await receive()

    return again


def read_units(operation: str, asked: dict[str, Any], answer: dict[str, Any]) -> float:
    """Return the units of a read, by its answer."""
    strong = bool(asked.get("ConsistentRead"))
    if operation in {"Query", "Scan"}:
        return page_units([item_size(each) for each in answer.get("Items", ())], strong=strong)
    if operation == "GetItem":
        return get_units(answer.get("Item"), strong=strong)
    if operation == "TransactGetItems":
        return sum(get_units(each.get("Item"), transactional=True) for each in answer.get("Responses", ()))
    tables = asked["RequestItems"].items()
    missing = sum(len(keys["Keys"]) - len(answer.get("Responses", {}).get(name, ())) for name, keys in tables)
    found = [item for items in answer.get("Responses", {}).values() for item in items]
    return sum(get_units(item) for item in found) + missing * get_units(None)


def write_units(_operation: str, _asked: dict[str, Any], answer: dict[str, Any]) -> float:
    """Return the units of a write as the engine says; one that was refused counts as one."""
    told = answer.get("ConsumedCapacity", [{"CapacityUnits": 1.0}])
    return sum(float(each["CapacityUnits"]) for each in (told if isinstance(told, list) else [told]))


def kind_of(asked: dict[str, Any]) -> str:
    """Return what sort of row a request is about, by the first partition it names: CARD, JOB, ADDED …"""
    if "KeyConditionExpression" in asked:
        values = asked.get("ExpressionAttributeValues", {}).values()
        return next((str(each["S"]) for each in values if "S" in each), "").partition("#")[0]
    return next(_keys(asked), "").partition("#")[0]


def _keys(value: Any) -> Iterator[str]:
    """Yield the partition keys of the rows that a request holds, of whichever table."""
    if isinstance(value, list):
        for inner in value:
            yield from _keys(inner)
    elif isinstance(value, dict):
        key = value.get("PK") or value.get("key")
        if isinstance(key, dict) and "S" in key:
            yield str(key["S"])
        else:
            yield from _keys(list(value.values()))
