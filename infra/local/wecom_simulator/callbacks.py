"""Sending callbacks as WeCom does: sealed, five seconds, three retries, and with the mishaps asked for."""

from __future__ import annotations

import heapq
import http.client
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .model import Delivery, Receiver
from .sealing import Seal, Sealed, seal_echo, seal_event
from .settings import CallbackSettings

if TYPE_CHECKING:
    from .simulator import Simulator

Send = Callable[[Sealed, float], tuple[int, bytes]]
"""Sends one request within the given seconds; returns status and body, raises OSError without an answer."""

_KEPT = 100_000
"""Deliveries remembered; half of them go when there are more."""

_CONTACTS = "contacts"
_KF = "kf"


def send_over_http(sealed: Sealed, seconds: float) -> tuple[int, bytes]:
    """Send with a connection of its own. Redirects are not followed."""
    url = urlsplit(sealed.target)
    host, port = url.hostname or "127.0.0.1", url.port
    if url.scheme == "https":
        context = ssl.create_default_context()
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            host, port, timeout=seconds, context=context
        )
    else:
        connection = http.client.HTTPConnection(host, port, timeout=seconds)
    try:
        headers = {"Content-Type": "text/xml; charset=UTF-8"} if sealed.body else {}
        connection.request(sealed.method, f"{url.path}?{url.query}", sealed.body or None, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except http.client.HTTPException as error:
        raise OSError(type(error).__name__) from error
    finally:
        connection.close()


class Callbacks:
    """The deliveries and the thread that makes them. In process, `pump` or `take` stand in for the thread."""

    def __init__(self, sim: Simulator, send: Send = send_over_http) -> None:
        self._sim = sim
        self.send = send
        self.settings = CallbackSettings()
        self._heap: list[tuple[float, int, Delivery]] = []
        self._first: dict[int, Sealed] = {}
        self._wake = threading.Condition(sim.lock)
        self._threads: list[threading.Thread] = []
        self._stopping = False
        self._busy = 0
        self._number = max((row.n for row in sim.world.deliveries), default=0)
        for row in sim.world.deliveries:
            if row.state == "queued":
                heapq.heappush(self._heap, (0.0, row.n, row))

    # what to send

    def emit(self, event: str, xml: str, receiver: str = "") -> list[Delivery]:
        """Queue an event for the receiver of its kind. A receiver that is not configured gets nothing."""
        name = receiver or self._receiver_of(event)
        settings, ids = self.settings, self._sim.ids
        state = "queued" if name in self._sim.world.receivers else "unrouted"
        if state == "queued" and settings.lose_next > 0:
            settings.lose_next -= 1
            state = "lost"
        elif state == "queued" and settings.lose_rate and ids.fraction("lose") < settings.lose_rate:
            state = "lost"
        made = [self._keep(name, xml, state)]
        if (
            state == "queued"
            and settings.duplicate_rate
            and ids.fraction("duplicate") < settings.duplicate_rate
        ):
            made.append(self._keep(name, xml, state))
        return made

    def _receiver_of(self, event: str) -> str:
        receivers = self._sim.world.receivers
        if event == "change_contact":
            return _CONTACTS
        if event.startswith("kf_") and _KF in receivers:
            return _KF
        return "app"

    def _keep(self, receiver: str, xml: str, state: str) -> Delivery:
        self._number += 1
        row = Delivery(self._number, receiver, self._sim.clock(), xml, state)
        rows = self._sim.world.deliveries
        rows.append(row)
        if len(rows) > _KEPT:
            del rows[: _KEPT // 2]
        self._sim.dirty = True
        if state == "queued":
            spread = self.settings.reorder_seconds
            delay = self._sim.ids.fraction("reorder") * spread if spread else 0.0
            with self._wake:
                heapq.heappush(self._heap, (time.monotonic() + delay, row.n, row))
                self._wake.notify()
        return row

    # sealing

    def seal(self, receiver: Receiver, xml: str) -> Sealed:
        """Return the request that carries `xml`, with fresh nonce, timestamp and random prefix."""
        ids = self._sim.ids
        nonce, prefix = str(int.from_bytes(ids.digest("nonce")[:4], "big")), ids.digest("prefix")[:16]
        seal = Seal(receiver.token, receiver.aes_key, self._sim.world.corp_id)
        return seal_event(seal, receiver.url, xml, receiver.agent, int(self._sim.clock()), nonce, prefix)

    def verify(self, name: str) -> dict[str, Any]:
        """Play the administrator pressing save: GET with echostr, to be answered within one second."""
        with self._sim.lock:
            receiver = self._sim.world.receivers[name]
            ids, now = self._sim.ids, int(self._sim.clock())
            text = str(int.from_bytes(ids.digest("echo")[:8], "big"))
            seal = Seal(receiver.token, receiver.aes_key, self._sim.world.corp_id)
            sealed = seal_echo(
                seal, receiver.url, text, now, ids.hex32("nonce")[:10], ids.digest("prefix")[:16]
            )
        began = time.monotonic()
        try:
            status, body = self.send(sealed, 1.0)
        except OSError as error:
            return {
                "ok": False,
                "status": 0,
                "seconds": time.monotonic() - began,
                "reason": type(error).__name__,
            }
        seconds = time.monotonic() - began
        ok = status == 200 and body == text.encode() and seconds <= 1.0
        reason = "" if ok else "late" if seconds > 1.0 else "status" if status != 200 else "body"
        return {"ok": ok, "status": status, "seconds": round(seconds, 3), "reason": reason}

    # sending

    def take(self) -> list[Sealed]:
        """Return every queued callback sealed, in the order it would leave, and count it as delivered."""
        taken = []
        with self._sim.lock:
            while self._heap:
                _, _, row = heapq.heappop(self._heap)
                taken.append(self.seal(self._sim.world.receivers[row.receiver], row.xml))
                row.state = "delivered"
        return taken

    def pump(self, send: Send | None = None) -> int:
        """Deliver everything queued in this thread, retries at once; returns how many were delivered."""
        done = 0
        while True:
            with self._sim.lock:
                if self.settings.paused or not self._heap:
                    return done
                _, _, row = heapq.heappop(self._heap)
            self._attempt(row, send or self.send)
            done += row.state == "delivered"

    def start(self) -> None:
        """Deliver in the background from now on."""
        for number in range(max(1, self.settings.workers)):
            thread = threading.Thread(target=self._run, name=f"callbacks-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """Stop the background threads; what is queued stays queued."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        for thread in self._threads:
            thread.join(timeout=self.settings.timeout_seconds + 1)
        self._threads.clear()

    def _run(self) -> None:
        while True:
            with self._wake:
                row = self._next()
                if row is None:
                    return
                self._busy += 1
            try:
                self._attempt(row, self.send)
            finally:
                with self._wake:
                    self._busy -= 1
                    self._wake.notify_all()

    def _next(self) -> Delivery | None:
        """Wait for the next delivery that is due; None when stopping. Called with the lock held."""
        while not self._stopping:
            if self.settings.paused or not self._heap:
                self._wake.wait(0.5)
                continue
            due, _, row = self._heap[0]
            left = due - time.monotonic()
            if left <= 0:
                heapq.heappop(self._heap)
                return row
            self._wake.wait(min(left, 0.5))
        return None

    def _attempt(self, row: Delivery, send: Send) -> None:
        """Make one try and decide what follows: delivered, again later, or given up after the last retry."""
        with self._sim.lock:
            receiver = self._sim.world.receivers.get(row.receiver)
            if receiver is None:
                row.state = "unrouted"
                return
            sealed = self._first.get(row.n) if self.settings.identical_retries else None
            sealed = sealed or self.seal(receiver, row.xml)
            self._first[row.n] = sealed
            at = self._sim.clock()
        began = time.monotonic()
        try:
            status, error = send(sealed, self.settings.timeout_seconds)[0], ""
        except OSError as problem:
            status, error = 0, type(problem).__name__
        seconds = round(time.monotonic() - began, 4)
        with self._wake:
            row.attempts.append({"at": at, "status": status, "error": error, "seconds": seconds})
            self._sim.dirty = True
            if status != 200 and len(row.attempts) <= self.settings.retries:
                heapq.heappush(self._heap, (time.monotonic() + self.settings.retry_seconds, row.n, row))
                return
            row.state = "delivered" if status == 200 else "failed"
            self._first.pop(row.n, None)

    # questions

    def idle(self, seconds: float) -> bool:
        """Wait until nothing is queued or under way; False when `seconds` pass first."""
        end = time.monotonic() + seconds
        with self._wake:
            while self._heap or self._busy:
                left = end - time.monotonic()
                if left <= 0 or self.settings.paused:
                    return False
                self._wake.wait(min(left, 0.2))
        return True

    def listed(self, since: int = 0, state: str = "") -> list[dict[str, Any]]:
        """Return the deliveries above `since`, of one state where given."""
        rows = self._sim.world.deliveries
        return [asdict(row) for row in rows if row.n > since and state in ("", row.state)]

    def forget(self) -> None:
        """Drop everything queued, and the switches."""
        with self._wake:
            self._heap.clear()
            self._first.clear()
            self._number = 0
            self.settings = CallbackSettings()

    def wake(self) -> None:
        """Let the threads look again, after a switch has changed."""
        with self._wake:
            self._wake.notify_all()
