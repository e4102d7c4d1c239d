"""Cards of the tests' corp: lisi and wangwu are in department 2, which zhangsan leads; ChenMei is in 3."""

from datetime import datetime, timedelta
from typing import Any

from tests.component.conftest import START, http_event_of
from tests.component.http_world import Answered, caller_of, logged_in
from tests.queries.world import put

BEGAN = datetime.fromisoformat(START)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


def card(number: int, userid: str = "lisi", **more: Any) -> Any:
    """Return a card, added `number` minutes before the tests' start unless told otherwise."""
    from scrm.cards.model import Card

    added = BEGAN - timedelta(minutes=number) if userid else None
    stated = {
        "external_userid": f"wm{number}" if userid else "",
        "status": "active" if userid else "none",
        "name": f"客户{number}",
        "added_at": added,
        "first_added_at": added,
        "created_at": added or BEGAN - timedelta(minutes=number),
        "friends": 1 if userid else 0,
    }
    return Card(f"cu_{number:04}", userid=userid, **{**stated, **more})


def listed(*cards: Any) -> None:
    """Put the cards into the table as the stream's worker leaves them."""
    put(cards)


def numbers(answered: Answered) -> list[int]:
    """Return which customers a page lists, in its order."""
    assert answered.status == 200, answered.text
    return [int(each["customer_id"].removeprefix("cu_")) for each in answered.json["items"]]


def asks(field: str, op: str, value: Any) -> dict[str, Any]:
    """Return a question as JSON."""
    return {"field": field, "op": op, "value": value}


def every_page(send: Any, path: str, body: dict[str, Any]) -> tuple[list[int], list[str]]:
    """Return everything that a search lists, page after page, and the cursors met on the way."""
    found: list[int] = []
    cursors: list[str] = []
    while True:
        answered = send("POST", path, {**body, **({"cursor": cursors[-1]} if cursors else {})})
        found += numbers(answered)
        if answered.json["next_cursor"] is None:
            return found, cursors
        cursors.append(answered.json["next_cursor"])


def console(userid: str) -> Any:
    """Return how a member of the tests' corp sends requests to the console."""
    from tests.component.conftest import app_of

    def send(method: str, path: str, body: Any = None) -> Answered:
        address, _, query = path.partition("?")
        event = http_event_of(method, address, body, caller=caller_of(userid))
        event["rawQueryString"] = query
        return Answered(app_of("admin_api").handler(event, None))

    return send


__all__ = [
    "BEGAN",
    "DAY",
    "SECOND",
    "asks",
    "card",
    "console",
    "every_page",
    "listed",
    "logged_in",
    "numbers",
]
