"""Fixtures of the leads' tests."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.component.http_world import corp, wecom
from tests.component.leads import playing

__all__ = ["corp", "wecom"]


@pytest.fixture
def play(tables: Any, queues: Any, lambda_context: Any) -> Callable[[], None]:
    """Let everything follow that follows from what changed."""
    return lambda: playing.play(tables, queues, lambda_context)
