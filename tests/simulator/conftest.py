"""A simulator in process with a clock that stands still until it is moved, and a client for it."""

import json
from typing import Any

import pytest

from wecom_simulator import Simulator

MONDAY = 1_772_417_700.0  # 2026-03-02 10:15 in Beijing


class Clock:
    """Time as the test tells it."""

    def __init__(self) -> None:
        self.now = MONDAY

    def __call__(self) -> float:
        return self.now

    def advance(self, *, seconds: float = 0, hours: float = 0, days: float = 0) -> None:
        self.now += seconds + hours * 3_600 + days * 86_400


class Wecom:
    """Calls the API as one app does: token fetched once, errcodes returned, not raised."""

    def __init__(self, simulator: Simulator, secret: str = "simulated-app-secret", ip: str = "127.0.0.1"):
        self.simulator = simulator
        self.secret = secret
        self.ip = ip
        self.token = ""

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        return self._call("GET", path, query, b"", {})

    def post(self, path: str, body: dict[str, Any] | None = None, **query: Any) -> dict[str, Any]:
        return self._call("POST", path, query, json.dumps(body or {}).encode(), {})

    def upload(self, path: str, content: bytes, filename: str = "a.png", **query: Any) -> dict[str, Any]:
        head = f'--B\r\nContent-Disposition: form-data; name="media"; filename="{filename}"\r\n\r\n'
        body = head.encode() + content + b"\r\n--B--\r\n"
        return self._call("POST", path, query, body, {"Content-Type": "multipart/form-data; boundary=B"})

    def gettoken(self) -> dict[str, Any]:
        corp = self.simulator.world.corp_id
        return self._raw("GET", f"/cgi-bin/gettoken?corpid={corp}&corpsecret={self.secret}", b"", {})

    def control(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        status, _, content = self.simulator.handle(
            method, f"/_control/{path}", json.dumps(body or {}).encode()
        )
        assert status == 200, content
        return json.loads(content)

    def _call(
        self, method: str, path: str, query: dict[str, Any], body: bytes, headers: dict[str, str]
    ) -> Any:
        self.token = self.token or self.gettoken()["access_token"]
        fields = {"access_token": self.token} | query
        text = "&".join(f"{name}={value}" for name, value in fields.items())
        return self._raw(method, f"/cgi-bin/{path}?{text}", body, headers)

    def _raw(self, method: str, target: str, body: bytes, headers: dict[str, str]) -> Any:
        status, _, content = self.simulator.handle(method, target, body, headers, self.ip)
        assert status == 200, content
        return json.loads(content)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def simulator(clock: Clock) -> Simulator:
    return Simulator(clock)


@pytest.fixture
def wecom(simulator: Simulator) -> Wecom:
    return Wecom(simulator)


@pytest.fixture
def friends(simulator: Simulator) -> dict[str, Any]:
    """Lisi and a customer who added her; the callback is out of the way."""
    added = simulator.people.scan(userid="lisi", name="小雨")
    simulator.callbacks.take()
    return added


PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
