"""The simulated WeCom: one object that answers requests, keeps the corp and sends callbacks."""

from __future__ import annotations

import json
import threading
import time
from email.utils import formatdate
from pathlib import Path
from typing import Any

from . import api, control_switches, control_views, storage
from .callbacks import Callbacks
from .calls import Call, CallLog
from .clock import Clock
from .control import Control
from .errors import NoAnswer, Refused, long_text
from .faults import Fault, Faults
from .gates import parse_query, pass_gates
from .ids import Ids
from .limits import Concurrency, Limits, RateWindows
from .pages import serve_page
from .people import People
from .registry import ENDPOINTS, Binary, Endpoint
from .seed import fresh_world
from .settings import Settings
from .transfers import Transfers
from .validation import empty_lists
from .world import World

Answer = tuple[int, dict[str, str], bytes]

_JSON = {"Content-Type": "application/json; charset=UTF-8"}

api.load()
_CONTROLS = (control_views, control_switches)
"""Imported for their routes."""


class Simulator:
    """WeCom for one corp.

    clock: unix seconds; everything timed follows it. seed: same seed and same calls, same ids and choices.
    state: file to go on from and to save to; None keeps nothing. Other arguments are the corp's credentials.
    Thread-safe: calls are served one after the other.
    """

    def __init__(
        self,
        clock: Clock = time.time,
        seed: str = "wecom",
        *,
        state: Path | None = None,
        corp_id: str = "wwsim0000000000001",
        agent_id: int = 1000002,
        secret: str = "simulated-app-secret",  # noqa: S107 - a made-up corp
        contacts_secret: str = "simulated-contacts-secret",  # noqa: S107
        callback_url: str = "http://127.0.0.1/wecom/callbacks/app",
        callback_token: str = "SimulatedCallbackToken",  # noqa: S107
        callback_aes_key: str = "SimulatedAESKeyForCallbacksOfTheLocalStackx",
    ) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self.state = state
        self.credentials = (corp_id, agent_id, secret, contacts_secret)
        self.app_receiver = (callback_token, callback_aes_key, callback_url)
        self.limits = Limits()
        self.settings = Settings()
        self.windows = RateWindows()
        self.concurrency = Concurrency()
        self.calls = CallLog()
        self.dirty = False
        saved = storage.load(state) if state is not None else None
        self._adopt(saved or World(seed=seed))
        self.callbacks = Callbacks(self)
        self.people = People(self)
        self.control = Control(self)

    def _adopt(self, world: World) -> None:
        self.world = world
        self.ids = Ids(world.seed, world.id_count)
        self.faults = Faults(self.ids)
        self.transfers = Transfers(self)
        fresh_world(self)
        self.settings.change(world.settings)

    def reset(self, seed: str = "") -> None:
        """Start over with a fresh corp, no counters and no faults."""
        with self.lock:
            self.windows.clear()
            self.calls.reset()
            self.limits = Limits()
            self.settings = Settings()
            self._adopt(World(seed=seed or self.world.seed))
            self.callbacks.forget()
            self.dirty = True

    # requests

    def handle(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
        source_ip: str = "127.0.0.1",
    ) -> Answer:
        """Return status, headers and body for one request.

        `target` is the path with its query. Raises NoAnswer when the connection is to be dropped or to hang.
        """
        path, _, query = target.partition("?")
        if path.startswith("/_control/"):
            return self._controlled(method, path, query, body)
        if not path.startswith("/cgi-bin/"):
            with self.lock:
                return serve_page(self, method, path, parse_query(query))
        lowered = {name.lower(): value for name, value in (headers or {}).items()}
        with self.concurrency.entered(path) as running, self.lock:
            address = self.settings.caller_ip or source_ip
            call = Call(method, path, parse_query(query), self.clock(), address, body)
            call.content_type, call.range = lowered.get("content-type", ""), lowered.get("range", "")
            status, shown, content = self._serve(call, running)
        at = call.now + self.settings.date_skew_seconds
        return status, {"Date": formatdate(at, usegmt=True), **shown}, content

    def _controlled(self, method: str, path: str, query: str, body: bytes) -> Answer:
        status, answer = self.control.answer(method, path, parse_query(query), body)
        return status, dict(_JSON), json.dumps(answer, ensure_ascii=False).encode()

    def _serve(self, call: Call, running: int) -> Answer:
        self.transfers.settle(call.now)
        endpoint = ENDPOINTS.get(call.path)
        if endpoint is None:
            self.calls.add(call, None, "unknown_path")
            return 404, {"Content-Type": "text/plain"}, b""
        fault = self.faults.match(call.path, _fields(call))
        if fault is not None and fault.what != "unknown_outcome":
            return self._misbehave(endpoint, call, fault)
        answer, outcome = self._outcome(endpoint, call, running)
        if fault is not None:
            self.calls.add(call, None, f"unknown_outcome after {outcome}")
            raise NoAnswer("drop", done=True, seconds=fault.seconds)
        self.calls.add(call, answer if isinstance(answer, dict) else None, outcome)
        return _rendered(answer)

    def _outcome(self, endpoint: Endpoint, call: Call, running: int) -> tuple[dict[str, Any] | Binary, str]:
        try:
            pass_gates(self, endpoint, call, running)
            result = endpoint.serve(self, call)
        except Refused as refusal:
            return self._refusal(endpoint, call, refusal), f"errcode:{refusal.code}"
        self.dirty = self.dirty or not endpoint.reads
        if isinstance(result, Binary):
            return result, "ok"
        return {"errcode": 0, "errmsg": "ok"} | (result or {}), "ok"

    def _refusal(self, endpoint: Endpoint, call: Call, refusal: Refused) -> dict[str, Any]:
        mark = self.ids.digest("hint").hex()[:32]
        text = long_text(refusal.code, refusal.text, call.now, self.ids.count % 100, mark, call.source_ip)
        containers = {name: type(value)() for name, value in endpoint.empty.items()}
        return {"errcode": refusal.code, "errmsg": text} | empty_lists(call.path) | containers | refusal.extra

    def _misbehave(self, endpoint: Endpoint, call: Call, fault: Fault) -> Answer:
        if fault.what == "errcode":
            answer = self._refusal(endpoint, call, Refused(fault.errcode, fault.errmsg))
            self.calls.add(call, answer, f"fault:errcode:{fault.errcode}")
            return _rendered(answer)
        self.calls.add(call, None, f"fault:{fault.what}")
        if fault.what == "http500":
            return 500, {"Content-Type": "text/plain"}, b"Internal Server Error"
        if fault.what == "html":
            page = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
            return 200, {"Content-Type": "text/html"}, page.encode()
        raise NoAnswer(fault.what, done=False, seconds=fault.seconds)

    # state

    def save(self) -> None:
        """Write the state file if there is one and something changed."""
        with self.lock:
            if self.state is None or not self.dirty:
                return
            self.dirty = False
            self.world.id_count = self.ids.count
            storage.save(self.world, self.state)

    def close(self) -> None:
        """Stop the callback thread and save."""
        self.callbacks.stop()
        self.save()


def _fields(call: Call) -> dict[str, Any]:
    """Return what a fault may look at: query parameters and the JSON body, if it is one."""
    if not call.raw or call.raw[:1] != b"{":
        return call.query
    try:
        body = json.loads(call.raw)
    except ValueError:
        return call.query
    call.body = body if isinstance(body, dict) else {}
    return {**call.query, **call.body}


def _rendered(answer: dict[str, Any] | Binary) -> Answer:
    if isinstance(answer, Binary):
        return answer.status, answer.headers, answer.content
    return 200, dict(_JSON), json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
