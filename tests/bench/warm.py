"""W1-W3: what one request costs when everything is in memory, against other libraries in the same run."""

from __future__ import annotations

import gc
import json
import threading
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from queue import SimpleQueue
from typing import Any

from tests.bench.bars import Options, Result, at_least, at_most, exactly, progress
from tests.bench.cold import cpu_seconds, started
from tests.bench.layout import layout
from tests.doubles.bundle import AES_KEY, CORP_ID, TOKEN, Bundle, Died, _Silence, http_event
from tests.doubles.cloud import Call

ROUNDS = 15
DELIVERY = "https://scrm.test/wecom/callbacks/app"


def per_call(action: Callable[[], object], repetitions: int) -> float:
    """Return the microseconds of one call, the collector switched off."""
    gc.disable()
    try:
        began = time.process_time()
        for _ in range(repetitions):
            action()
        return (time.process_time() - began) / repetitions * 1e6
    finally:
        gc.enable()


def compared(
    ours: Callable[[], object], theirs: Callable[[], object], repetitions: int
) -> tuple[float, float]:
    """Return the quickest of interleaved rounds, in microseconds: what a busy machine adds is noise."""
    ours(), theirs()
    rounds = [(per_call(ours, repetitions), per_call(theirs, repetitions)) for _ in range(ROUNDS)]
    return min(each[0] for each in rounds), min(each[1] for each in rounds)


def callback_crypto(options: Options) -> list[Result]:
    """W1: verify, decrypt and parse one callback, against wechatpy."""
    from wechatpy.enterprise import parse_message
    from wechatpy.enterprise.crypto import WeChatCrypto

    from scrm.wecom.callbacks import MalformedCallback, envelope, parse
    from scrm.wecom.crypto import CallbackKey

    bundle = Bundle()
    with bundle.running():
        bundle.wecom.people.scan(userid="zhangsan")
        (sealed,) = bundle.callbacks()
    query = http_event("POST", sealed.target, sealed.body)["queryStringParameters"]
    signature, timestamp, nonce = query["msg_signature"], query["timestamp"], query["nonce"]
    body = sealed.body if isinstance(sealed.body, bytes) else sealed.body.encode()
    key = CallbackKey(TOKEN, AES_KEY, CORP_ID)
    theirs = WeChatCrypto(TOKEN, AES_KEY, CORP_ID)
    mine, other = compared(
        lambda: parse(key.open(signature, timestamp, nonce, envelope(body))),
        lambda: parse_message(theirs.decrypt_message(body, signature, timestamp, nonce)),
        options.scaled(400),
    )
    refused = 0
    try:
        parse(b'<!DOCTYPE x [<!ENTITY a "b">]><xml><A>1</A></xml>')
    except MalformedCallback:
        refused = 1
    return [
        at_least("W1", "callback_crypto", other / mine, 2.0, "x wechatpy", ours_us=mine, theirs_us=other),
        exactly("W1", "doctype_refused", refused, 1),
    ]


def dispatch(options: Options) -> list[Result]:
    """W2: find, validate and answer one POST among 20 routes, against the resolver with validation."""
    ours, theirs = _our_api(), _their_resolver()
    event = _post()
    answers = ours(event), theirs(event)
    if any(answer["statusCode"] != 200 for answer in answers):
        raise AssertionError(str(answers))
    with redirect_stdout(_Silence()):  # type: ignore[type-var]
        mine, other = compared(lambda: ours(event), lambda: theirs(event), options.scaled(300))
    return [
        at_most("W2", "dispatch_and_validate", mine / other, 0.6, "x resolver", ours_us=mine, theirs_us=other)
    ]


def _model() -> Any:
    from pydantic import BaseModel

    class Note(BaseModel):
        title: str
        text: str
        kind: str
        tags: list[str]
        pinned: bool
        weight: int

    return Note


def _post() -> dict[str, Any]:
    from scrm.http.caller import Caller

    note = {"title": "a", "text": "b" * 40, "kind": "c", "tags": ["d", "e"], "pinned": True, "weight": 3}
    event = http_event("POST", "/notes19/n1", json.dumps(note), {"content-type": "application/json"})
    context = Caller("zhangsan", "staff", "own").context()
    event["requestContext"] |= {"authorizer": {"lambda": context}, "stage": "$default"}
    return event


def _our_api() -> Callable[[dict[str, Any]], dict[str, Any]]:
    from scrm import clock
    from scrm.http.request import Request
    from scrm.http.routing import ANY_STAFF, Api

    api, model = Api("bench"), _model()
    for number in range(20):

        @api.route("POST", f"/notes{number}/{{note_id}}", roles=ANY_STAFF, scope="own", body=model)
        def take(request: Request) -> dict[str, str]:
            """Take a note."""
            return {"note_id": request.params["note_id"], "title": request.body.title}

    now = clock.now()
    return lambda event: api.answer(event, now)


def _their_resolver() -> Callable[[dict[str, Any]], dict[str, Any]]:
    from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

    app, model = APIGatewayHttpResolver(enable_validation=True), _model()
    for number in range(20):

        def take(note_id: str, note: Any) -> dict[str, str]:
            return {"note_id": note_id, "title": note.title}

        take.__annotations__["note"] = model
        app.post(f"/notes{number}/<note_id>")(take)
    context: Any = None
    return lambda event: app.resolve(event, context)


RATE = 200
SECONDS = 10
SEND_SECONDS = 0.008
"""What a send to SQS takes; a durable answer cannot be quicker."""
LANES = 8


def acknowledgement(options: Options) -> list[Result]:
    """W3: 200 callbacks a second, each answered after its send is durable; then one to a cold process."""
    bundle = Bundle()
    with bundle.running("fast"):
        volume = options.scaled(RATE * SECONDS)
        for _ in range(volume):
            bundle.wecom.people.scan(userid="zhangsan")
        events = [http_event(each.method, each.target, each.body) for each in bundle.callbacks()]
        app = bundle.app("wecom_callback")
        for event in events[:20]:
            app.handler(event, None)
        bundle.cloud.before.append(_slow_send)
        waits = _open_loop(app, events)
        answered_early = _answered_without_durable_send(bundle, app, events[0])
    waits.sort()
    p99 = waits[int(len(waits) * 0.99)] * 1000
    made = layout()
    cold = sorted(cpu_seconds(started(made, "wecom_callback"))[0] for _ in range(5))[2]
    return [
        at_most("W3", "acknowledged_p99_at_200_per_s", p99, 100, " ms", p50_ms=waits[len(waits) // 2] * 1000),
        exactly("W3", "answered_before_durable", answered_early, 0),
        at_most("W3", "callback_cold_process_time", cold, 1.5, " s"),
    ]


def _slow_send(call: Call) -> None:
    if call.operation == "SendMessage":
        time.sleep(SEND_SECONDS)


def _open_loop(app: Any, events: list[dict[str, Any]]) -> list[float]:
    """Return each request's seconds from when it was due to when it was answered; arrivals do not wait."""
    due: SimpleQueue[tuple[float, dict[str, Any]] | None] = SimpleQueue()
    waits: list[float] = []

    def lane() -> None:
        while (job := due.get()) is not None:
            app.handler(job[1], None)
            waits.append(time.perf_counter() - job[0])

    lanes = [threading.Thread(target=lane) for _ in range(LANES)]
    for each in lanes:
        each.start()
    began = time.perf_counter()
    for number, event in enumerate(events):
        at = began + number / RATE
        time.sleep(max(0.0, at - time.perf_counter()))
        due.put((at, event))
    for _ in lanes:
        due.put(None)
    for each in lanes:
        each.join()
    return waits


def _answered_without_durable_send(bundle: Bundle, app: Any, event: dict[str, Any]) -> int:
    """Return 1 when a 200 comes though the queue refused, or died before it answered."""
    from tests.doubles.dynamodb import Refused

    def refuse(call: Call) -> None:
        if call.operation == "SendMessage":
            raise Refused("ServiceUnavailable", "no")

    def die(call: Call) -> None:
        if call.operation == "SendMessage":
            raise Died

    early = 0
    for gate in (refuse, die):
        bundle.cloud.before.append(gate)
        try:
            early += app.handler(event, None)["statusCode"] == 200
        except Died:
            progress("the callback died with its send, unanswered")
        bundle.cloud.before.remove(gate)
    return early
