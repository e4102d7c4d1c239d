"""C6: a customer is added while everything is cold; processor time until WeCom is asked to welcome."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.bars import Options, Result, at_most, progress
from tests.bench.cold import _environment, started
from tests.bench.layout import Layout, layout, python
from tests.bench.scenarios import with_channel
from tests.doubles.bundle import Bundle, http_event
from tests.doubles.server import Answer, Server
from tests.doubles.sqs import Queues, lambda_event

ROUNDS = 9
BAR = 0.5
WELCOME = "/cgi-bin/externalcontact/send_welcome_msg"
HANDLE = "import json, sys\napp.handler(json.loads(sys.stdin.read()), None)\n"


@dataclass
class _Watch:
    """WeCom as the cold processes see it; notes what the caller had used when it asked for the welcome."""

    bundle: Bundle
    process: int = 0
    seconds: list[float] = field(default_factory=list)

    def serve(self, method: str, target: str, body: bytes, headers: dict[str, str]) -> Answer:
        if target.startswith(WELCOME):
            self.seconds.append(processor_seconds(self.process))
        status, answered, content = self.bundle.wecom.handle(method, target, body, headers)
        return status, answered, content


def processor_seconds(process: int) -> float:
    """Return the processor time a running process has had, all its threads together."""
    nanoseconds = 0
    for thread in Path(f"/proc/{process}/task").iterdir():
        nanoseconds += int((thread / "schedstat").read_text().split()[0])
    return nanoseconds / 1e9


def cold_welcome(options: Options) -> list[Result]:
    """C6: processor time of the cold callback and the cold worker until send_welcome_msg."""
    made = layout()
    totals: list[float] = []
    parts: dict[str, float] = {}
    for number in range(max(5, options.scaled(ROUNDS))):
        progress(f"cold welcome, round {number + 1}")
        callback, worker = _once(made)
        totals.append(callback + worker)
        parts = {"callback_s": round(callback, 3), "worker_s": round(worker, 3)}
    totals.sort()
    return [at_most("C6", "welcome_all_cold", totals[len(totals) // 2], BAR, "s", **parts)]


def _once(made: Layout) -> tuple[float, float]:
    bundle = Bundle()
    with bundle.running():
        state = with_channel(bundle)
        bundle.wecom.people.scan(userid="zhangsan", state=state)
        (sealed,) = bundle.callbacks()
    watch = _Watch(bundle)
    with Server(bundle.cloud, watch.serve) as server:
        settings = {**server.environment(_environment()), **_stopped(bundle)}
        event = http_event(sealed.method, sealed.target, sealed.body)
        callback = _process(made, "wecom_callback", event, settings, watch)
        request = {"QueueUrl": Queues.url("CustomerEvents")}
        messages: Sequence[dict[str, Any]] = bundle.cloud.queues.handle("ReceiveMessage", request)["Messages"]
        _process(
            made, "handle_customer_event", lambda_event("CustomerEvents", list(messages)), settings, watch
        )
    if len(watch.seconds) != 1:
        raise AssertionError(f"{len(watch.seconds)} welcomes were asked for, not one")
    return callback, watch.seconds[0]


def _stopped(bundle: Bundle) -> dict[str, str]:
    """Put the cold processes' clock where the bundle's stands, or the welcome code would have died."""
    import time

    from tests.bench.bars import ROOT

    clock = ROOT / ".local" / "bench-clock.json"
    clock.write_text(json.dumps({"offset_seconds": bundle.time.seconds - time.time()}), encoding="utf-8")
    return {"SCRM_CLOCK_FILE": str(clock)}


def _process(
    made: Layout, function: str, event: dict[str, Any], settings: dict[str, str], watch: _Watch
) -> float:
    """Run one cold process over one event; return its processor seconds."""
    program = started(made, function) + HANDLE
    process = subprocess.Popen(
        [*python(), "-c", program], env=settings, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    watch.process = process.pid
    if process.stdin is None:
        raise RuntimeError("no pipe")
    process.stdin.write(json.dumps(event).encode())
    process.stdin.close()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"the cold {function} ended with {process.returncode}")
    return used.ru_utime + used.ru_stime
