"""The simulator as an httpx transport, so that a client reaches it without sockets."""

from __future__ import annotations

import httpx

from .errors import NoAnswer
from .simulator import Simulator


class SimulatorTransport(httpx.BaseTransport):
    """Hands every request of an httpx client to the simulator, whatever its host."""

    def __init__(self, simulator: Simulator, source_ip: str = "127.0.0.1") -> None:
        self.simulator = simulator
        self.source_ip = source_ip

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the answer; a fault becomes the exception httpx would raise on a socket."""
        target = request.url.raw_path.decode("ascii")
        body = request.read()
        try:
            status, headers, content = self.simulator.handle(
                request.method, target, body, dict(request.headers), self.source_ip
            )
        except NoAnswer as nothing:
            raise _as_httpx(nothing, request) from nothing
        return httpx.Response(status, headers=headers, content=content, request=request)


def _as_httpx(nothing: NoAnswer, request: httpx.Request) -> httpx.TransportError:
    if nothing.how == "timeout" or nothing.seconds:
        return httpx.ReadTimeout("The read operation timed out", request=request)
    if nothing.how == "reset":
        return httpx.ReadError("[Errno 104] Connection reset by peer", request=request)
    return httpx.RemoteProtocolError("Server disconnected without sending a response.", request=request)
