"""Callbacks as they lie in the queue, and the function that handles them."""

from collections.abc import Callable
from typing import Any

import pytest

from scrm.wecom.callbacks import event_id
from tests.component.conftest import CORP_ID, app_of, sqs_event_of


def message(xml: str, receiver: str = "app") -> dict[str, Any]:
    """Return the message that the callback function queues for an event."""
    return {
        "event_id": event_id(CORP_ID, receiver, xml.encode()),
        "receiver": receiver,
        "received_at": "2026-03-02T02:15:00.000+00:00",
        "xml": xml,
    }


@pytest.fixture
def handle(wecom: Any, lambda_context: Any) -> Callable[..., list[str]]:
    """Handle events, one message each, and return the ids of the messages handed back."""
    app = app_of("handle_customer_event")

    def deliver(*xmls: str, receiver: str = "app") -> list[str]:
        failed: list[str] = []
        for xml in xmls:
            answer = app.handler(sqs_event_of(message(xml, receiver)), lambda_context)
            failed += [each["itemIdentifier"] for each in answer["batchItemFailures"]]
        return failed

    return deliver


@pytest.fixture
def customers(tables: Any) -> Any:
    """What is stored of customers."""
    from scrm.customers.dynamodb import Customers

    return Customers()


@pytest.fixture
def channel(tables: Any) -> Callable[..., str]:
    """Store a channel code and return its state."""

    def make(channel_id: str = "ch_expo", text: str = "欢迎", tags: tuple[str, ...] = (), **more: Any) -> str:
        from scrm.channel_codes.dynamodb import ChannelRow
        from scrm.channel_codes.model import Channel, Welcome

        stamp = "2026-03-01T00:00:00Z"
        values = {"status": "active", "created_at": stamp, "updated_at": stamp, **more}
        ChannelRow.of(
            Channel(channel_id, "展会", "offline_exhibition", tags=tags, welcome=Welcome(text), **values)
        ).save()
        return channel_id

    return make


@pytest.fixture
def tag(wecom: Any) -> Callable[[str], str]:
    """Create a corp tag in WeCom and in our catalogue; return its id."""

    def make(name: str) -> str:
        from scrm.tags.dynamodb import put_tags
        from scrm.tags.model import Tag

        made = wecom.simulator
        from wecom_simulator import acts

        tag_id = acts.tag_created(made, group_name="来源", names=[name])["tags"][name]
        wecom.events()
        put_tags([Tag(tag_id, name, "g1")])
        return tag_id

    return make


@pytest.fixture
def serial(tables: Any) -> Callable[..., str]:
    """Store a serial code and return its state."""

    def make(state: str = "sc_1", crmid: str = "CRM-7") -> str:
        from scrm.channel_codes.dynamodb import SerialRow

        row = SerialRow(f"SERIAL#{state}", "SERIAL", crmid=crmid, userids=["lisi"])
        row.status, row.created_at = "active", "2026-03-01T00:00:00Z"
        row.save()
        return state

    return make
