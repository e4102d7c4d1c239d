"""A WeCom that answers from a script, a store and clocks in memory, and the client between them."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from scrm.wecom.client import Clocks, WeCom, WeComSettings
from tests.component.wecom.store import MemoryStore, VirtualTime

SECRET = "canary-corp-secret"
OK = {"errcode": 0, "errmsg": "ok"}
Answer = dict[str, Any] | httpx.Response | Exception
Handler = Callable[[httpx.Request], Answer | None]


class ScriptedWeCom:
    """Gives out tokens canary-token-1, -2, …, takes the newest only, and answers as told.

    `script` holds answers for paths, used up one by one; `handler` answers what the script does not.
    """

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.script: dict[str, list[Answer]] = {}
        self.handler: Handler = lambda _: None
        self.fetches = 0
        self.expires_in = 7200
        self.valid = ""

    def calls(self, path: str) -> list[httpx.Request]:
        return [each for each in self.requests if each.url.path == path]

    def revoke(self) -> None:
        """End the current token before its time."""
        self.valid = ""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        # A copy: the client repeats a request by changing it.
        kept = httpx.Request(request.method, request.url, headers=request.headers, content=request.read())
        self.requests.append(kept)
        answer = self._answer(request)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)

    def _answer(self, request: httpx.Request) -> Answer:
        path = request.url.path
        if scripted := self.script.get(path):
            return scripted.pop(0)
        if path == "/cgi-bin/gettoken":
            self.fetches += 1
            self.valid = f"canary-token-{self.fetches}"
            return {**OK, "access_token": self.valid, "expires_in": self.expires_in}
        if request.url.params.get("access_token") != self.valid:
            return {"errcode": 42001, "errmsg": "access_token expired"}
        return self.handler(request) or {**OK, "path": path}


@pytest.fixture
def time() -> VirtualTime:
    return VirtualTime()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def scripted() -> ScriptedWeCom:
    return ScriptedWeCom()


def client(scripted: ScriptedWeCom, store: MemoryStore, time: VirtualTime) -> WeCom:
    """Return a client as another process would have it: its own memory, the same store."""
    return WeCom(
        WeComSettings("https://wecom.test", "ww1", 1000002, lambda: SECRET),
        store,
        store,
        clocks=Clocks(time.now, time.monotonic, time.sleep),
        transport=httpx.MockTransport(scripted),
    )


@pytest.fixture
def wecom(scripted: ScriptedWeCom, store: MemoryStore, time: VirtualTime) -> WeCom:
    return client(scripted, store, time)
