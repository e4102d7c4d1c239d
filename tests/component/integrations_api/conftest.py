import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.component.conftest import app_of
from tests.component.http_world import corp, wecom
from tests.component.integrations_api.senders import KEY, SECRET

__all__ = ["corp", "wecom"]


@pytest.fixture
def feed(corp: Any, queues: Any, parameters: Callable[[str, str], None]) -> Any:
    """The corp, with a key for the systems that feed it."""
    from scrm.integrations import gate

    gate.forget()
    parameters(f"integrations/{KEY}", json.dumps({"secret": SECRET}))
    return corp


@pytest.fixture
def follow(tables: Any, queues: Any, lambda_context: Any) -> Callable[..., list[str]]:
    """React to what changed since the last call; return what is to be delivered again."""
    app = app_of("react_to_changes")

    def play(records: list[dict[str, Any]] | None = None) -> list[str]:
        event = {"Records": tables.stream() if records is None else records}
        answer = app.handler(event, lambda_context)
        return [each["itemIdentifier"] for each in answer["batchItemFailures"]]

    return play
