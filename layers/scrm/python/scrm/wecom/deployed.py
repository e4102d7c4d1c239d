"""The client of WeCom that this deployment's settings describe, one for each process."""

from functools import cache
from typing import ClassVar

import httpx

from scrm.config import corp
from scrm.secret_store import secret
from scrm.wecom.client import WeCom, WeComSettings
from scrm.wecom.dynamodb import DynamoShared


class _Wire:
    """How the client reaches WeCom; None is the network."""

    transport: ClassVar[httpx.BaseTransport | None] = None


@cache
def wecom() -> WeCom:
    """Return the process's client; build it once, at the function's init or first use."""
    stated = corp()
    settings = WeComSettings(
        base_url=stated.base_url,
        corp_id=stated.corp_id,
        agent_id=stated.agent_id,
        secret=lambda: secret("wecom/secret"),
        proxy_url=stated.proxy_url,
    )
    shared = DynamoShared()
    return WeCom(settings, shared, shared, transport=_Wire.transport)


def reach_through(transport: httpx.BaseTransport | None) -> None:
    """Let the next client reach WeCom through `transport`, e.g. the simulator; None: the network."""
    _Wire.transport = transport
    wecom.cache_clear()
