"""A local stack of the tests' own, and the hands to play on it.

The stack is started fresh for the session in a folder of its own, so that a developer's running stack is not
disturbed. STACK_JSON=.local/stack.json uses a running one instead.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.local.stack import clock as stack_clock
from infra.local.stack import description
from infra.local.stack import drain as stack_drain
from infra.local.stack import tick as stack_tick
from infra.local.stack.description import Description
from infra.local.stack.places import ROOT, TOOLS

STACK_DIR = TOOLS / "test-stack"


def control_stack(command: str, *arguments: str) -> str:
    """Run one of the stack's commands on the tests' own stack and return what it printed."""
    environment = {**os.environ, "STACK_DIR": str(STACK_DIR)}
    for name in ("PORT", "WECOM_BASE_URL"):
        environment.pop(name, None)
    done = subprocess.run(
        [sys.executable, "-m", "infra.local.stack", command, *arguments],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{command} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


@pytest.fixture(scope="session")
def stack() -> Iterator[Description]:
    """The running stack's description: addresses, credentials, real names of tables, queues and functions."""
    if given := os.environ.get("STACK_JSON"):
        yield description.read(Path(given))
        return
    control_stack("forget")
    control_stack("up")
    yield description.read(STACK_DIR / "stack.json")
    control_stack("down")


@pytest.fixture(scope="session")
def clock_file(stack: Description) -> Path:
    given = os.environ.get("STACK_JSON")
    return (Path(given).parent if given else STACK_DIR) / "clock.json"


@pytest.fixture(scope="session")
def api(stack: Description) -> Iterator[httpx.Client]:
    """A client of the HTTP API without a session."""
    with httpx.Client(base_url=stack.api_url, timeout=35) as client:
        yield client


class Simulator:
    """The simulated WeCom's control API: `simulator.post("people/login", userid="admin")`."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=f"{url}/_control/", timeout=35)

    def get(self, path: str, **query: Any) -> Any:
        return self._result(self.http.get(path, params=query))

    def post(self, path: str, **body: Any) -> Any:
        return self._result(self.http.post(path, json=body))

    def put(self, path: str, **body: Any) -> Any:
        return self._result(self.http.put(path, json=body))

    def patch(self, path: str, **body: Any) -> Any:
        return self._result(self.http.patch(path, json=body))

    def delete(self, path: str) -> Any:
        return self._result(self.http.delete(path))

    @staticmethod
    def _result(response: httpx.Response) -> Any:
        assert response.status_code == 200, response.text
        return response.json()


@pytest.fixture(scope="session")
def simulator(stack: Description) -> Iterator[Simulator]:
    control = Simulator(stack.wecom_url)
    yield control
    control.http.close()


@pytest.fixture
def drain(stack: Description) -> Callable[..., None]:
    """Wait until everything is done; anything stuck or dead fails the test."""

    def wait(timeout: float = 60) -> None:
        assert stack_drain.drain(stack, timeout) == []

    return wait


@pytest.fixture
def clock(clock_file: Path) -> Iterator[Callable[[str], datetime]]:
    """Move the stack's clock to an RFC 3339 time or `real` and return its new time; undone at the end."""

    def move(at: str) -> datetime:
        return stack_clock.move(at, clock_file)

    yield move
    stack_clock.move("real", clock_file)


@pytest.fixture
def tick(stack: Description, clock_file: Path) -> Callable[[], None]:
    """Run every scheduled function once, at the stack's clock; a failing one fails the test."""

    def run() -> None:
        assert stack_tick.tick(stack, stack_clock.now(clock_file)) == []

    return run


@pytest.fixture(scope="session")
def login(stack: Description, simulator: Simulator) -> Iterator[Callable[[str], httpx.Client]]:
    """Return a client with a member's session, made by OAuth code: `login("admin").get("/admin/staff")`."""
    clients: dict[str, httpx.Client] = {}

    def session_of(userid: str) -> httpx.Client:
        if userid not in clients:
            client = httpx.Client(base_url=stack.api_url, timeout=35)
            code = simulator.post("people/login", userid=userid)["code"]
            answer = client.post("/auth/session", json={"code": code})
            assert answer.status_code in {200, 201}, answer.text
            client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
            clients[userid] = client
        return clients[userid]

    yield session_of
    for client in clients.values():
        client.close()
