"""Signed requests of other systems, and the stream behind them."""

import itertools
import json
from datetime import timedelta
from typing import Any

from scrm import clock
from tests.component.conftest import app_of, http_event_of
from tests.component.http_world import Answered

KEY, SECRET = "crm", "s3cret-of-the-crm"
_numbers = itertools.count()


def sent(method: str, path: str, body: Any = None, key: str = KEY) -> Answered:
    """Send a signed request; no two are alike, so that none is taken for a replay."""
    from scrm.integrations.signing import signature

    text = b"" if body is None else json.dumps(body).encode()
    stamp = int((clock.now() + timedelta(seconds=next(_numbers) % 200 - 100)).timestamp())
    headers = {
        "X-Scrm-Key": key,
        "X-Scrm-Timestamp": str(stamp),
        "X-Scrm-Signature": signature(SECRET, stamp, method, path, text),
    }
    return Answered(
        app_of("integrations_api").handler(http_event_of(method, path, text, headers=headers), None)
    )


def rows_of(answered: Answered) -> list[dict[str, Any]]:
    """Return what became of each row."""
    assert answered.status == 200, answered.text
    return list(answered.json["results"])


def statuses(answered: Answered) -> list[str]:
    """Return the status of each row."""
    return [str(each["status"]) for each in rows_of(answered)]
