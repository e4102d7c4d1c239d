"""The table's stream, played to the function as Lambda would."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.component.conftest import app_of
from tests.component.handle_customer_event.conftest import channel, customers, handle, serial, tag

__all__ = ["channel", "customers", "handle", "serial", "tag"]


@pytest.fixture
def react(tables: Any, queues: Any, lambda_context: Any) -> Callable[..., list[str]]:
    """React to everything the stream holds since the last call; return what is to be delivered again."""
    app = app_of("react_to_changes")

    def play(records: list[dict[str, Any]] | None = None) -> list[str]:
        event = {"Records": tables.stream() if records is None else records}
        answer = app.handler(event, lambda_context)
        return [each["itemIdentifier"] for each in answer["batchItemFailures"]]

    return play


@pytest.fixture
def timeline(customers: Any) -> Callable[..., list[tuple[str, str]]]:
    """Return a contact's timeline as (kind, time), newest first."""
    from scrm.timeline.dynamodb import Timeline

    def read(external_userid: str = "wmE1") -> list[tuple[str, str]]:
        contact = customers.contact(external_userid)
        entries, _ = Timeline().page(contact.customer_id, 50)
        return [(each.kind, each.at.strftime("%m-%d %H:%M:%S")) for each in entries]

    return read
