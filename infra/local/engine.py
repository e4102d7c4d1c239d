"""Run the local AWS engine, unpatched, with five additions in front of it.

- The HTTP API answers at the root of a port of its own, as it does on AWS behind a domain; the engine serves
  it under a path only. Pages with absolute links and cookies then work in any browser and client.
- A stream consumer resumes after a restart: the engine keeps how far each has read and forgets the records,
  so that it would pass over as many new ones. `make down` lets consumers finish first.
- `GET /_local/work` on the engine's port tells what is not done yet: invocations in flight, and for every
  stream consumer how many records it has not read. No AWS API tells that, and `make drain` must not guess.
- `POST /_local/unheard` takes a BatchWriteItem of any length that no stream tells of: what a million rows
  would lead to is loaded with them, and is not made again by every consumer.
- `POST /_local/units` begins to count the capacity that tables consume, and answers with what was counted
  since the last time (see metering.py); `POST /_local/units/end` answers too, and ends it.

Started by `stack/up.py` inside the engine's environment; the settings are the engine's own environment
variables plus API_PORT and API_ID.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from pathlib import Path
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack import app as ministack

# The engine's environment has none of the checkout; its settings must not tell the functions of it either.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from infra.local.metering import Meter, body_of

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

API_PORT = int(os.environ["API_PORT"])
API_PREFIX = f"/_aws/execute-api/{os.environ['API_ID']}/$default"
METER = Meter(ministack.app)
A_BATCH = 25
"""Rows that DynamoDB takes at once."""


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer as the engine does, except for the API's port and what only we are asked."""
    if scope["type"] != "http":
        await ministack.app(scope, receive, send)
        return
    if scope["path"] == "/_local/unheard":
        await answer(send, unheard(json.loads(await body_of(receive))))
        return
    rewind_restored_consumers()
    if scope["server"][1] == API_PORT:
        await ministack.app(under_api(scope), receive, send)
        return
    match scope["path"]:
        case "/_local/work":
            await answer(send, unfinished_work())
        case "/_local/units" | "/_local/units/end" as path:
            await answer(send, METER.read(go_on=not path.endswith("/end")))
        case _:
            await METER.pass_on(scope, receive, send)


def under_api(scope: Scope) -> Scope:
    """Return the request as the engine expects it: the same path below the API's own."""
    raw = scope.get("raw_path") or scope["path"].encode()
    return {**scope, "path": API_PREFIX + scope["path"], "raw_path": API_PREFIX.encode() + raw}


def unfinished_work() -> dict[str, Any]:
    """Return invocations in flight by function, and by stream consumer the records it has not read."""
    functions = sys.modules.get("ministack.services.lambda_svc")
    if functions is None:
        return {"in_flight": {}, "behind": {}}
    _total, in_flight = functions.executions_in_flight()
    return {"in_flight": in_flight, "behind": dict(unread_records(functions))}


def unread_records(functions: Any) -> list[tuple[str, int]]:
    found = []
    for mapping, table, (start, read, end) in stream_consumers(functions):
        unread = end - max(start, start if read is None else read)
        if mapping.get("Enabled", True) and unread > 0:
            found.append((f"{mapping['FunctionName']} on {table}", unread))
    return found


def unheard(request: dict[str, Any]) -> dict[str, Any]:
    """Carry out a BatchWriteItem of which no stream tells; return the answer, that of the last part.

    Nothing else is served meanwhile: the engine answers in one thread, and this does not wait for anything.
    """
    from ministack.services import dynamodb

    written: dict[str, Any] = {"UnprocessedItems": {}}
    for name, rows in request["RequestItems"].items():
        table = dynamodb._tables[name]
        stream = table.get("StreamSpecification")
        try:
            table["StreamSpecification"] = {"StreamEnabled": False}
            for at in range(0, len(rows), A_BATCH):
                part = {"RequestItems": {name: rows[at : at + A_BATCH]}}
                status, _headers, answered = dynamodb._batch_write_item(part)
                written = json.loads(answered)
                if status != 200 or written["UnprocessedItems"]:
                    return {"UnprocessedItems": part["RequestItems"], "refused": written}
        finally:
            table["StreamSpecification"] = stream
    # What was loaded stays: the collector would look at every row of a million again and again.
    gc.freeze()
    return written


def rewind_restored_consumers() -> None:
    """Put consumers that stand beyond their stream's end, as only restored ones can, at its end."""
    functions = sys.modules.get("ministack.services.lambda_svc")
    if functions is None:
        return
    for mapping, _table, (_start, read, end) in stream_consumers(functions):
        if read is not None and read > end:
            arn = functions.parse_arn(mapping["EventSourceArn"])
            positions = functions._dynamodb_stream_positions
            positions.set_scoped(arn.account_id, arn.region, mapping["UUID"], end)


def stream_consumers(functions: Any) -> Iterator[tuple[dict[str, Any], str, tuple[int, int | None, int]]]:
    """Yield each consumer's mapping, its table, and where its stream starts, how far it has read, the end."""
    from ministack.services import dynamodb

    for account, region, mapping in functions._iter_all_esms():
        spec = functions.parse_arn(mapping.get("EventSourceArn", ""))
        source = functions._dynamodb_stream_table_from_arn_spec(spec) if spec.service == "dynamodb" else None
        if source is None:
            continue
        table = source[0]
        start = dynamodb.stream_start_position(table, account_id=account, region=region)
        end = dynamodb.stream_end_position(table, account_id=account, region=region)
        read = functions._dynamodb_stream_positions.get_scoped(account, region, mapping["UUID"])
        yield mapping, table, (start, read, end)


async def answer(send: Send, body: dict[str, Any]) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})


def main() -> None:
    config = Config()
    config.bind = [f"127.0.0.1:{os.environ['GATEWAY_PORT']}", f"127.0.0.1:{API_PORT}"]
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"
    asyncio.run(serve(app, config))


if __name__ == "__main__":
    main()
