"""Fixtures of the tests of products: a corp that shops feed, its stream, its jobs and its console."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.component.conftest import app_of, sqs_event_of
from tests.component.console import ask
from tests.component.http_world import corp, wecom
from tests.component.integrations_api.conftest import feed, follow

__all__ = ["ask", "corp", "feed", "follow", "wecom"]


@pytest.fixture
def run_jobs(queues: Any, follow: Any, lambda_context: Any) -> Callable[[], None]:
    """Do every chunk that is to be done, until none is left; what is delayed is not waited for."""
    app = app_of("run_job")
    lambda_context.get_remaining_time_in_millis = lambda: 60_000

    def play() -> None:
        for _ in range(50):
            assert follow() == []
            messages = queues.messages("Jobs")
            if not messages:
                return
            event = sqs_event_of(*messages, queue="Jobs")
            assert app.handler(event, lambda_context) == {"batchItemFailures": []}
        raise AssertionError("jobs without end")

    return play
