"""A corp whose CRM speaks to it, and the administrator who decides."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.component.conftest import START, app_of, http_event_of
from tests.component.http_world import Answered, Browser, corp, logged_in, wecom

__all__ = ["corp", "wecom"]

KEY, SECRET = "crm", "s3cret-of-the-crm"
BEGAN = datetime.fromisoformat(START)


@pytest.fixture
def told(corp: Any, parameters: Any) -> Callable[..., Answered]:
    """Send a request signed by the CRM; each is signed a moment after the last."""
    from scrm.integrations import gate
    from scrm.integrations.signing import signature

    gate.forget()
    parameters(f"integrations/{KEY}", json.dumps({"secret": SECRET}))
    sent = [0]

    def send(path: str, body: Any, method: str = "POST") -> Answered:
        sent[0] += 1
        text, stamp = json.dumps(body).encode(), int((BEGAN + timedelta(seconds=sent[0])).timestamp())
        headers = {
            "X-Scrm-Key": KEY,
            "X-Scrm-Timestamp": str(stamp),
            "X-Scrm-Signature": signature(SECRET, stamp, method, path, text),
        }
        event = http_event_of(method, path, text, headers=headers)
        return Answered(app_of("integrations_api").handler(event, None))

    return send


@pytest.fixture
def bind(told: Any) -> Callable[..., Answered]:
    """Say that values belong to one person."""
    return lambda **values: told("/integrations/identities", values)


@pytest.fixture
def admin(corp: Any) -> Browser:
    """The operations administrator."""
    return logged_in(corp, "admin")


@pytest.fixture
def member(corp: Any) -> Browser:
    """A member of staff."""
    return logged_in(corp, "lisi")
