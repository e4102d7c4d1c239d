"""What tests of the console and of what it drives share: callers of every role, and short ways to ask."""

import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest

from scrm.http.caller import Caller, DataScope, Role
from tests.component.conftest import app_of, http_event_of
from tests.component.http_world import Answered, corp, wecom

__all__ = ["Ask", "ask", "calls_of", "channel_body", "corp", "wecom"]

Ask = Callable[..., Answered]
_numbers = itertools.count(1)


def caller(role: Role = "operations_admin", userid: str = "admin", scope: DataScope = "all") -> Caller:
    """Return a caller as the authorizer establishes them."""
    return Caller(userid, role, scope)


@pytest.fixture
def ask(corp: Any, lambda_context: Any) -> Ask:
    """Ask the console: `ask("GET", "/admin/staff", role="hr")`; a role of None has no session."""

    def asked(
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        role: Role | None = "operations_admin",
        userid: str = "admin",
        query: dict[str, str] | None = None,
        key: str | None = None,
    ) -> Answered:
        headers = {"Idempotency-Key": key} if key else None
        who = caller(role, userid) if role else None
        event = http_event_of(method, path, body, caller=who, query=query, headers=headers)
        event["requestContext"]["requestId"] = f"request-{next(_numbers)}"
        return Answered(app_of("admin_api").handler(event, lambda_context))

    return asked


def calls_of(simulator: Any, path: str) -> list[dict[str, Any]]:
    """Return the bodies of the calls of one endpoint, e.g. `externalcontact/add_contact_way`."""
    bodies = [row["body"] for row in simulator.calls.listed(path)]
    return [json.loads(body) if isinstance(body, str | bytes) else body for body in bodies]


def channel_body(**changes: Any) -> dict[str, Any]:
    """Return a request that creates a channel with two members."""
    return {
        "name": "春季地推",
        "kind": "offline_exhibition",
        "staff": [{"userid": "lisi"}, {"userid": "wangwu"}],
        **changes,
    }
