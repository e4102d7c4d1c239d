"""Fixtures of the intention rules' tests."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.component.conftest import app_of
from tests.component.console import ask, corp, wecom

__all__ = ["ask", "corp", "react", "wecom"]


@pytest.fixture
def react(tables: Any, queues: Any, lambda_context: Any) -> Callable[..., None]:
    """React to what the stream holds since the last call, or to these records."""
    app = app_of("react_to_changes")

    def play(records: list[dict[str, Any]] | None = None) -> None:
        event = {"Records": tables.stream() if records is None else records}
        assert app.handler(event, lambda_context) == {"batchItemFailures": []}

    return play
