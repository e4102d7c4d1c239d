"""Fixtures of the leads' tests."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.component.http_world import corp, wecom
from tests.component.leads import playing
from tests.component.leads.leads_world import Leads

__all__ = ["corp", "wecom"]


@pytest.fixture
def play(tables: Any, queues: Any, lambda_context: Any) -> Callable[[], None]:
    """Let everything follow that follows from what changed."""
    return lambda: playing.play(tables, queues, lambda_context)


@pytest.fixture
def leads(corp: Any, tables: Any, queues: Any, at: Any) -> Leads:
    """Leads of the simulated corp, with pools P and Q in force."""
    found = Leads(corp, tables, queues, at)
    found.rules()
    return found
