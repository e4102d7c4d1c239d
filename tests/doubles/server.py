"""An in-memory AWS account and a WeCom over HTTP on 127.0.0.1, for tests that need several processes.

AWS clients reach it with AWS_ENDPOINT_URL, the product's WeCom client with WECOM_BASE_URL, both `url`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from tests.doubles import s3
from tests.doubles.cloud import Cloud, over_the_wire

Answer = tuple[int, dict[str, str], bytes]
Serve = Callable[[str, str, bytes, dict[str, str]], Answer]
"""Answers one request to WeCom: method, target, body, headers."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    cloud: Cloud
    serve: Serve

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients are killed on purpose: what they leave behind is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if "X-Amz-Target" in self.headers:
            status, content = over_the_wire(self.server.cloud, self.headers, body)
            headers = {"Content-Type": "application/x-amz-json-1.0"}
        elif s3.is_request(self.headers):
            asked = (self.command, self.path, self.headers, body)
            status, headers, content = s3.over_http(self.server.cloud.ask, *asked)
        else:
            status, headers, content = self.server.serve(self.command, self.path, body, dict(self.headers))
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Answer every method alike, unknown ones included: what to refuse is the functions' business."""
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server:
    """Serves a cloud, and WeCom by `serve`, from a thread of this process. Use as a context manager."""

    def __init__(self, cloud: Cloud, serve: Serve) -> None:
        self._http = _Server(("127.0.0.1", 0), _Handler)
        self._http.cloud = cloud
        self._http.serve = serve  # type: ignore[method-assign]
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        self._thread = threading.Thread(target=self._http.serve_forever, daemon=True)

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()

    def environment(self, base: dict[str, str]) -> dict[str, Any]:
        """Return a process environment that reaches this server."""
        return {**base, "AWS_ENDPOINT_URL": self.url, "WECOM_BASE_URL": self.url}
