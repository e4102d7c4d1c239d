"""What was sent to a customer, its links, and the stream that follows."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.component.conftest import app_of, http_event_of
from tests.component.http_world import Answered, befriended, corp, wecom
from tests.component.identities.conftest import BEGAN, admin, member, told

__all__ = ["admin", "corp", "member", "told", "wecom"]

PERSON = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile/15E148 MicroMessenger/8.0.50"
TARGET = "https://shop.example.com/p/1?from=chat"


def token_of(number: int) -> str:
    """Return a token as they look."""
    return f"{number:032d}"


def visit(token: str, method: str = "GET", agent: str = PERSON, **headers: str) -> Answered:
    """Open a short link as a browser does."""
    event = http_event_of(method, f"/h5/r/{token}", headers={"user-agent": agent, **headers})
    return Answered(app_of("h5_api").handler(event, None))


def forward(token: str) -> Answered:
    """Tell that the page was passed on, as its script does."""
    return Answered(app_of("h5_api").handler(http_event_of("POST", f"/h5/r/{token}/forwards"), None))


@pytest.fixture
def there(corp: Any) -> str:
    """A customer of lisi's."""
    return befriended(corp, "lisi", "小雨")


@pytest.fixture
def send(there: str) -> Callable[..., Any]:
    """Store a send of a material to the customer, prepared with one link; return it."""
    from scrm.customers.model import customer_id_of
    from scrm.sends import dynamodb as stored
    from scrm.sends.model import Place, Send
    from tests.component.conftest import CORP_ID

    def make(number: int = 1, **fields: Any) -> Any:
        token = token_of(number)
        made = Send(
            send_id=f"{'a' * 22}{'abcdefghij'[number // 10 % 10]}{'abcdefghij'[number % 10]}",
            kind="material",
            item_id="ma_1",
            number=3,
            title="春季价目",
            userid="lisi",
            external_userid=there,
            customer_id=customer_id_of(CORP_ID, there),
            payloads=({"msgtype": "text", "text": {"content": "你好"}},),
            prepared_at=BEGAN,
            groups=(Place("gr_1", "产品"), Place("gr_2", "价格")),
            links=(token,),
            expires_at=BEGAN + timedelta(days=30),
        )
        made = replace(made, **fields)
        assert stored.put(made, {token: TARGET})
        return made

    return make


@pytest.fixture
def react(tables: Any, queues: Any, lambda_context: Any) -> Callable[..., None]:
    """React to what the stream holds, to what follows from that, and so on; or to given records."""
    app = app_of("react_to_changes")

    def play(records: list[dict[str, Any]] | None = None) -> None:
        waiting = tables.stream() if records is None else records
        while waiting:
            answer = app.handler({"Records": waiting}, lambda_context)
            assert answer == {"batchItemFailures": []}
            waiting = tables.stream() if records is None else []

    return play


@pytest.fixture
def follow(tables: Any, react: Any) -> Callable[[], None]:
    """React to what the stream holds since the last time, and to what follows from that."""
    return react
