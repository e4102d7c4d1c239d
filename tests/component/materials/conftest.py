"""The whole bundle with its bucket, and a browser that uploads."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from scrm.http.caller import Caller
from tests.component.conftest import http_event_of
from tests.component.http_world import Answered
from tests.doubles.bundle import Bundle
from tests.doubles.pictures import png

_numbers = itertools.count(1)


@pytest.fixture
def bundle() -> Iterator[Bundle]:
    """Everything deployed."""
    made = Bundle()
    with made.running():
        yield made


@pytest.fixture
def ask(bundle: Bundle) -> Callable[..., Answered]:
    """Ask the console, as marketing unless another caller is given."""

    def asked(
        method: str, path: str, body: Any = None, *, key: str = "", caller: Caller | None = None
    ) -> Answered:
        who = caller or Caller("ChenMei", "marketing", "all")
        headers = {"Idempotency-Key": key} if key else None
        event = http_event_of(method, path, body, caller=who, headers=headers)
        event["requestContext"]["requestId"] = f"files-{next(_numbers)}"
        return Answered(bundle.invoke("admin_api", event))

    return asked


@pytest.fixture
def begun(ask: Callable[..., Answered]) -> Callable[..., str]:
    """Announce a file; return its id."""

    def made(content: bytes, name: str = "海报.png", content_type: str = "image/png", **more: Any) -> str:
        body = {"name": name, "type": content_type, "size": len(content), **more}
        answered = ask("POST", "/admin/files", body)
        assert answered.status == 201, answered.text
        return str(answered.json["file_id"])

    return made


@pytest.fixture
def kept(bundle: Bundle, ask: Callable[..., Answered], begun: Callable[..., str]) -> Callable[..., str]:
    """Upload a file and complete it; return its id."""

    def made(content: bytes | None = None, name: str = "海报.png", content_type: str = "image/png") -> str:
        content = png() if content is None else content
        file_id = begun(content, name, content_type)
        bundle.cloud.objects.put(f"uploads/{file_id}", content, content_type)
        answered = ask("POST", f"/admin/files/{file_id}:complete")
        assert answered.status == 200, answered.text
        return file_id

    return made
