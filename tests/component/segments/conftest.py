"""The whole bundle, asked as the console and other systems ask it."""

import hashlib
import hmac
import itertools
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from scrm.http.caller import Caller
from tests.component.conftest import CORP_ID, http_event_of
from tests.component.http_world import Answered, befriended
from tests.doubles.bundle import STACK, Bundle

KEY_ID, SECRET = "ik_test0000000001", "test-integration-secret-0123456789"
_numbers = itertools.count(1)


@pytest.fixture
def bundle() -> Iterator[Bundle]:
    """Everything deployed."""
    made = Bundle()
    made.cloud.parameters.values[f"/{STACK}/integrations/{KEY_ID}"] = json.dumps({"secret": SECRET})
    with made.running():
        yield made


@pytest.fixture
def ask(bundle: Bundle) -> Callable[..., Answered]:
    """Ask the console as an operations administrator."""

    def asked(
        method: str,
        path: str,
        body: Any = None,
        *,
        query: str = "",
        key: str = "",
        caller: Caller | None = None,
    ) -> Answered:
        who = caller or Caller("admin", "operations_admin", "all")
        headers = {"Idempotency-Key": key} if key else None
        event = http_event_of(method, path, body, caller=who, headers=headers)
        event["rawQueryString"] = query
        event["requestContext"]["requestId"] = f"segments-{next(_numbers)}"
        return Answered(bundle.invoke("admin_api", event))

    return asked


@pytest.fixture
def make(ask: Callable[..., Answered]) -> Callable[..., str]:
    """Make an active segment; return its id. A target list unless `kind` or `condition` say otherwise."""

    def made(name: str, condition: Any = None, **more: Any) -> str:
        kind = "dynamic" if condition else "static"
        body = {"name": name, "kind": kind, "status": "active", "condition": condition, **more}
        answered = ask("POST", "/admin/segments", body)
        assert answered.status == 201, answered.text
        return str(answered.json["segment_id"])

    return made


@pytest.fixture
def tell(bundle: Bundle) -> Callable[..., Answered]:
    """Ask as another system, signed."""

    def told(method: str, path: str, body: Any = None) -> Answered:
        text = json.dumps(body).encode() if body is not None else b""
        stamp = str(int(bundle.time.seconds))
        bundle.time.sleep(1)
        signed = "\n".join([stamp, method, path, hashlib.sha256(text).hexdigest()])
        signature = hmac.new(SECRET.encode(), signed.encode(), "sha256").hexdigest()
        headers = {"x-scrm-key": KEY_ID, "x-scrm-timestamp": stamp, "x-scrm-signature": signature}
        event = http_event_of(method, path, None, headers=headers)
        event["body"] = text.decode()
        return Answered(bundle.invoke("integrations_api", event))

    return told


def friend(bundle: Bundle, userid: str = "lisi", name: str = "小雨", **fields: Any) -> tuple[str, str]:
    """Make a customer the member's friend; return their external_userid and customer_id."""
    from scrm.customers.model import customer_id_of

    there = befriended(bundle.wecom, userid, name, **fields)
    return there, customer_id_of(CORP_ID, there)


def traced(customer_id: str) -> list[tuple[str, str]]:
    """Return what a customer's trace tells of segments, oldest first, as (entered or left, name)."""
    from scrm.timeline.dynamodb import Timeline

    entries, _ = Timeline().page(customer_id, 100)
    moves = [each for each in reversed(entries) if each.kind.startswith("segment_")]
    return [(each.kind.removeprefix("segment_"), each.facts["name"]) for each in moves]


def tags_of(bundle: Bundle, there: str, userid: str = "lisi") -> list[str]:
    """Return the tags of a relation at WeCom, after checking that ours are the same."""
    from scrm.customers.dynamodb import Customers

    relation = Customers().relation(there, userid, consistent=True)
    at_wecom = sorted(bundle.wecom.people.relation(userid, there).tags)
    assert relation is not None
    assert sorted(relation.tags) == at_wecom
    return at_wecom
