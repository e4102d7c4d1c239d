"""Sealed deliveries, as WeCom sends them; the seal is the simulator's, written apart from the product's."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.component.conftest import (
    AGENT_ID,
    CALLBACK_AES_KEY,
    CALLBACK_TOKEN,
    CORP_ID,
    app_of,
    http_event_of,
)
from wecom_simulator.sealing import Seal, seal_echo, seal_event

SEAL = Seal(CALLBACK_TOKEN, CALLBACK_AES_KEY, CORP_ID)
URL = "https://scrm.test/wecom/callbacks/app"
NOW = 1772417700
PREFIX = bytes(range(16))


def added(external_userid: str = "wmE1", userid: str = "ChenYu", created_at: int = NOW) -> str:
    """Return the XML of an add event."""
    return (
        f"<xml><ToUserName><![CDATA[{CORP_ID}]]></ToUserName><FromUserName><![CDATA[sys]]></FromUserName>"
        f"<CreateTime>{created_at}</CreateTime><MsgType><![CDATA[event]]></MsgType>"
        "<Event><![CDATA[change_external_contact]]></Event>"
        "<ChangeType><![CDATA[add_external_contact]]></ChangeType>"
        f"<UserID><![CDATA[{userid}]]></UserID>"
        f"<ExternalUserID><![CDATA[{external_userid}]]></ExternalUserID>"
        "<WelcomeCode><![CDATA[WELCOMECODE]]></WelcomeCode></xml>"
    )


def tag_changed() -> str:
    """Return the XML of a tag event."""
    return (
        f"<xml><ToUserName>{CORP_ID}</ToUserName><FromUserName>sys</FromUserName>"
        f"<CreateTime>{NOW}</CreateTime><MsgType>event</MsgType><Event>change_external_tag</Event>"
        "<Id>et1</Id><TagType>tag</TagType><ChangeType>update</ChangeType></xml>"
    )


def request(
    method: str, query: dict[str, str], body: bytes | str | None = None, receiver: str = "app"
) -> dict[str, Any]:
    """Return the HTTP API event of a request to a callback address."""
    return http_event_of(
        method,
        f"/wecom/callbacks/{receiver}",
        body,
        query=query,
        path_parameters={"receiver": receiver},
    )


def posted(
    xml: str, *, seal: Seal = SEAL, stamp: int = NOW, receiver: str = "app", prefix: bytes = PREFIX
) -> dict[str, Any]:
    """Return the HTTP API event of a sealed POST."""
    sealed = seal_event(seal, URL, xml, AGENT_ID, stamp, "nonce1", prefix)
    return request("POST", sealed.query, sealed.body.decode(), receiver)


def check(text: str, *, seal: Seal = SEAL, stamp: int = NOW, receiver: str = "app") -> dict[str, Any]:
    """Return the HTTP API event of an address check."""
    return request("GET", seal_echo(seal, URL, text, stamp, "nonce1", PREFIX).query, None, receiver)


@pytest.fixture
def callback(
    tables: Any, queues: Any, parameters: Any, at: Any, lambda_context: Any
) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """The deployed function: an HTTP event in, an HTTP answer out; the clock stands at NOW."""
    app = app_of("wecom_callback")
    return lambda event: app.handler(event, lambda_context)
