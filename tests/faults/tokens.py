"""U12, R6, R7: one fetch of a token however many want it, whoever is killed, whatever the clocks say."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.bench.bars import ROOT, Options, Result, at_most, exactly, progress
from tests.doubles.bundle import Bundle, environment, prepare
from tests.doubles.cloud import Cloud
from tests.doubles.server import Answer, Server

PROCESSES, THREADS = 4, 50
ROUND_TRIP = 0.15
"""Seconds that the double takes to answer a fetch."""
PATHS = {
    "/cgi-bin/gettoken": ("access", "access_token"),
    "/cgi-bin/get_jsapi_ticket": ("corp", "ticket"),
    "/cgi-bin/ticket/get": ("app", "ticket"),
}
SKEWS = (0, 25, -25, 10)
LINGER = 9.0


@dataclass
class Issuer:
    """WeCom's token endpoints: counts, takes its time, and may kill who asks first."""

    seconds: int = 7200
    kills: int = 0
    fetched: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def serve(self, _method: str, target: str, _body: bytes, _headers: dict[str, str]) -> Answer:
        url = urlsplit(target)
        kind, name = PATHS[url.path]
        secret = parse_qs(url.query).get("corpsecret", [""])[0]
        with self.lock:
            self.fetched[kind] += 1
            number = self.fetched[kind]
            killing, self.kills = self.kills > 0 and kind == "access", max(0, self.kills - (kind == "access"))
        if killing:
            os.kill(int(secret.partition("-")[2]), signal.SIGKILL)
        time.sleep(ROUND_TRIP)
        with self.lock:
            self.answered[kind] += not killing
        answer = {"errcode": 0, "errmsg": "ok", name: f"{kind}-{number}", "expires_in": self.seconds}
        return 200, {"Content-Type": "application/json"}, json.dumps(answer).encode()


@dataclass(frozen=True)
class Wave:
    """What one stampede saw."""

    values: list[str]
    waits: list[float]
    died: int

    @property
    def p95(self) -> float:
        return sorted(self.waits)[int(len(self.waits) * 0.95)]


def wave(
    server: Server, what: str, *, later: float = 0, skews: tuple[int, ...] = (0,), linger: float = 0
) -> Wave:
    """Let 4 processes of 50 threads ask at once, their clocks moved by `later` and their skew."""
    started = [_caller(server, what, later + skews[n % len(skews)], n, linger) for n in range(PROCESSES)]
    for process in started:
        _line(process)
    for process in started:
        _go(process)
    values: list[str] = []
    waits: list[float] = []
    died = 0
    for process in started:
        out, _ = process.communicate(timeout=60)
        if process.returncode:
            died += 1
            continue
        for value, waited in json.loads(out):
            values.append(value)
            waits.append(waited)
    return Wave(values, waits, died)


def _caller(server: Server, what: str, offset: float, number: int, linger: float) -> subprocess.Popen[str]:
    clock = ROOT / ".local" / f"bench-clock-{os.getpid()}-{number}.json"
    clock.write_text(json.dumps({"offset_seconds": offset}), encoding="utf-8")
    settings = server.environment(environment()) | {"SCRM_CLOCK_FILE": str(clock), "PATH": os.defpath}
    settings["PYTHONPATH"] = f"{ROOT}:{ROOT / 'layers/scrm/python'}"
    if linger:
        settings |= {"WARM": "1", "LINGER": str(linger)}
    command = [sys.executable, "-m", "tests.faults.callers", what, str(THREADS)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=settings, cwd=ROOT)


def _line(process: subprocess.Popen[str]) -> str:
    return process.stdout.readline() if process.stdout else ""


def _go(process: subprocess.Popen[str]) -> None:
    if process.stdin:
        process.stdin.write("go\n")
        process.stdin.flush()


def stampede(options: Options) -> list[Result]:
    """U12: 200 callers in 4 processes at expiry: one fetch of the token, of each ticket."""
    results = []
    for what in ("access", "corp", "app"):
        issuer = Issuer()
        with Server(Cloud(), issuer.serve) as server:
            wave(server, what)
            first = issuer.fetched[what]
            again = wave(server, what, later=7300)
            progress(f"U12 {what}: {first} and {issuer.fetched[what] - first} fetches")
        wrong = sum(value != f"{what}-2" for value in again.values)
        fetches = max(first, issuer.fetched[what] - first)
        results.append(exactly("U12", f"{what}_fetches_at_expiry", fetches, 1, p95_s=again.p95))
        results.append(exactly("U12", f"{what}_callers_without", wrong, 0, f" of {len(again.values)}"))
    return results


def holder_killed(options: Options) -> list[Result]:
    """R6: the same while the token is due for renewal, the lease's holder killed, clocks askew."""
    calm = _renewal(kills=0)
    killed = _renewal(kills=1)
    added = killed[0].p95 - calm[0].p95
    lost = [value for value in killed[0].values if value.startswith("error")]
    return [
        exactly("R6", "fetches_with_holder_killed", killed[1], 1, died=killed[0].died, answered=killed[1]),
        exactly("R6", "callers_without", len(lost), 0, f" of {len(killed[0].values)}"),
        at_most("R6", "p95_added_wait", max(added, 0.0) * 1000, ROUND_TRIP * 1000, " ms"),
    ]


def _renewal(*, kills: int) -> tuple[Wave, int]:
    """Return the wave that meets a token minutes before its end, and how many fetches succeeded then."""
    issuer = Issuer()
    with Server(Cloud(), issuer.serve) as server:
        wave(server, "access")
        issuer.kills = kills
        before = issuer.answered["access"]
        # 7200 s less some minutes: every process is past its moment of early renewal, the token still serves.
        # A successor is let in once it has watched the dead lease for its own four seconds.
        seen = wave(server, "access", later=7200 - 150, skews=SKEWS, linger=LINGER)
        return seen, issuer.answered["access"] - before


def ended_early(options: Options) -> list[Result]:
    """R7: the token ends while 200 calls are under way: one renewal, each call right at its second try."""
    refreshes: list[int] = []
    failures: list[str] = []
    tries: list[int] = []
    backwards = 0
    for seed in options.seeds:
        bundle = Bundle(seed=str(seed))
        with bundle.running("fast"):
            from scrm.wecom.deployed import wecom

            client = wecom()
            there = bundle.wecom.people.scan(userid="zhangsan")["external_userid"]
            client.token.get()
            generations = _watched_generations(bundle)
            fetched = bundle.wecom.calls.counts["/cgi-bin/gettoken"]
            asked = bundle.wecom.calls.counts["/cgi-bin/externalcontact/get"]
            _end_tokens(bundle)
            bundle.cloud.before.append(_InFlight().hold)
            failures += _together(client, there)
            refreshes.append(bundle.wecom.calls.counts["/cgi-bin/gettoken"] - fetched)
            tries.append(bundle.wecom.calls.counts["/cgi-bin/externalcontact/get"] - asked)
            backwards += sum(later < earlier for earlier, later in itertools.pairwise(generations))
    callers = PROCESSES * THREADS
    return [
        exactly("R7", "renewals_after_early_end", max(refreshes), 1),
        exactly(
            "R7", "calls_failed", len(failures), 0, f" of {callers * len(options.seeds)}", seen=failures[:3]
        ),
        at_most("R7", "tries_a_call", max(tries) / callers, 2),
        exactly("R7", "old_token_written_over_new", backwards, 0),
    ]


class _InFlight:
    """Lets no call of a customer go before all of them are on their way with the old token."""

    def __init__(self) -> None:
        self._together = threading.Barrier(PROCESSES * THREADS)
        self._held = 0
        self._lock = threading.Lock()

    def hold(self, call: Any) -> None:
        if call.operation != "/cgi-bin/externalcontact/get":
            return
        with self._lock:
            self._held += 1
            first = self._held <= PROCESSES * THREADS
        if first:
            self._together.wait(30)


def _end_tokens(bundle: Bundle) -> None:
    status, _, body = bundle.wecom.handle("POST", "/_control/tokens/expire", b"{}")
    if status != 200:
        raise AssertionError(body)


def _watched_generations(bundle: Bundle) -> list[int]:
    seen: list[int] = []

    def watch(call: Any) -> None:
        rows = bundle.cloud.store.rows("VolatileTable") if call.operation == "UpdateItem" else []
        seen.extend(int(row["generation"]["N"]) for row in rows if "generation" in row)

    bundle.cloud.after.append(watch)
    return seen


def _together(client: Any, there: str) -> list[str]:
    from scrm.wecom import customers

    start, failures = threading.Barrier(PROCESSES * THREADS), []

    def caller() -> None:
        start.wait()
        try:
            customers.customer(client, there)
        except Exception as error:  # noqa: BLE001  # every failure is counted
            failures.append(type(error).__name__)

    threads = [threading.Thread(target=caller) for _ in range(PROCESSES * THREADS)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return failures


prepare()
