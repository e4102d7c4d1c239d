"""Idempotency-Key: a creation asked for twice is answered once (contract.md, HTTP conventions).

The key is claimed with the request's fingerprint before the effect, so that another body under the same
key is refused even when the first request died. The answer is kept after the effect. Between the two a
repetition runs the creation again, which finds its own rows: ids come from `Request.new_id`.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from scrm.http import problems
from scrm.http.request import Request

KEPT = timedelta(hours=24)
LARGEST_KEPT = 200_000
_KEY = re.compile(r"[\x21-\x7e]{1,200}")

Response = dict[str, Any]


@dataclass(frozen=True)
class FirstAnswer:
    """What was asked under a key, and, once it is known, what was answered. Times are unix seconds."""

    key: str
    fingerprint: str
    expires_at: int
    response: Response | None = None


class FirstAnswers(Protocol):
    """Where first answers are kept."""

    def claim(self, asked: FirstAnswer, now: int) -> FirstAnswer:
        """Keep `asked` unless its key is taken at `now`; return what stands under the key."""

    def record(self, answered: FirstAnswer) -> None:
        """Keep the answer under its key."""


def answered_once(request: Request, answers: FirstAnswers, create: Callable[[], Response]) -> Response:
    """Return `create()`, or the first answer when the request repeats one of the last 24 hours.

    Without an Idempotency-Key nothing is kept. A refused request keeps its claim and no answer: repeating
    it judges it again. Raises a 409 problem when the key was used for a different request.
    """
    key = request.headers.get("idempotency-key")
    if key is None:
        return create()
    asked = _asked(request, key)
    standing = answers.claim(asked, int(request.now.timestamp()))
    if standing.fingerprint != asked.fingerprint:
        raise problems.conflict("idempotency_conflict", "这个 Idempotency-Key 已用于另一个请求")
    if standing.response:
        replayed = standing.response
        return {**replayed, "headers": {**replayed["headers"], "Idempotent-Replayed": "true"}}
    response = create()
    if len(response["body"]) <= LARGEST_KEPT:
        answers.record(FirstAnswer(asked.key, asked.fingerprint, asked.expires_at, response))
    return response


def _asked(request: Request, key: str) -> FirstAnswer:
    if not _KEY.fullmatch(key):
        raise problems.invalid_field("Idempotency-Key", "应为 1 到 200 个可见字符")
    text = "\n".join((request.method, request.path)).encode() + b"\n" + request.raw_body
    return FirstAnswer(
        key=f"ANSWER#{request.who}#{key}",
        fingerprint=hashlib.sha256(text).hexdigest(),
        expires_at=int((request.now + KEPT).timestamp()),
    )
