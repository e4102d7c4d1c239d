"""The simulator on a socket: HTTP/1.1 with keep-alive, on 127.0.0.1 only."""

from __future__ import annotations

import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

from .errors import NoAnswer
from .gates import MAX_BODY
from .simulator import Simulator

_HOLD_SECONDS = 60.0
_SAVE_SECONDS = 0.5
_CALM = 20
"""A large corp is saved more rarely, so that saving takes at most a twentieth of the time."""
_RESET = struct.pack("ii", 1, 0)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "nginx"
    sys_version = ""
    wbufsize = -1
    disable_nagle_algorithm = True
    timeout = 300
    simulator: ClassVar[Simulator]

    def _serve(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        if length > MAX_BODY:
            self.close_connection = True
            self._send(413, {}, b"")
            return
        body = self.rfile.read(length) if length else b""
        try:
            answer = self.simulator.handle(
                self.command, self.path, body, dict(self.headers), self.client_address[0]
            )
        except NoAnswer as nothing:
            self._say_nothing(nothing)
            return
        self._send(*answer)

    def _send(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _say_nothing(self, nothing: NoAnswer) -> None:
        """Hang, reset or close, as the fault asks."""
        self.close_connection = True
        if nothing.how == "timeout" or nothing.seconds:
            time.sleep(nothing.seconds or _HOLD_SECONDS)
        if nothing.how == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.connection.close()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - names the base class looks for

    def log_message(self, *_: object) -> None:
        """Stay quiet; /_control/calls has it all."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    allow_reuse_address = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore callers that go away."""


class Service:
    """The running server: listens, saves changes in the background, delivers callbacks."""

    def __init__(self, simulator: Simulator, port: int = 0) -> None:
        handler = type("Handler", (_Handler,), {"simulator": simulator})
        self._simulator = simulator
        self._server = _Server(("127.0.0.1", port), handler)
        self._stopped = threading.Event()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        """Serve in background threads; returns at once."""
        self._simulator.callbacks.start()
        threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True).start()
        threading.Thread(target=self._look_after, daemon=True).start()

    def stop(self) -> None:
        """Stop serving and save."""
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._simulator.close()

    def _look_after(self) -> None:
        """Complete what time completes, and save what changed."""
        pause = _SAVE_SECONDS
        while not self._stopped.wait(pause):
            with self._simulator.lock:
                self._simulator.transfers.settle(self._simulator.clock())
            began = time.monotonic()
            self._simulator.save()
            pause = max(_SAVE_SECONDS, _CALM * (time.monotonic() - began))
