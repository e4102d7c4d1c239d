"""What was received: every call, its answer and what became of it."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

from .faults import matches_path
from .model import App

_SECRET = ("access_token", "corpsecret", "ticket", "user_ticket")


@dataclass
class Upload:
    """The file part of a multipart body."""

    filename: str
    content: bytes


@dataclass
class Call:
    """One request to the API on its way through the gates. `app` is known once the token is accepted."""

    method: str
    path: str
    query: dict[str, str]
    now: float
    source_ip: str
    raw: bytes = b""
    content_type: str = ""
    range: str = ""
    body: dict[str, Any] = field(default_factory=dict)
    upload: Upload | None = None
    app: App = field(default_factory=lambda: App(-1, ""))
    warning: str = ""


class CallLog:
    """The calls in order, the oldest dropped beyond `kept`; counters go on until they are reset."""

    def __init__(self, kept: int = 200_000) -> None:
        self._rows: deque[dict[str, Any]] = deque(maxlen=kept)
        self._number = 0
        self.counts: Counter[str] = Counter()
        self.outcomes: Counter[str] = Counter()

    def add(self, call: Call, answer: Any, outcome: str) -> None:
        """Keep one call. Tokens and secrets are left out; an uploaded file is kept by name and size."""
        self._number += 1
        body: Any = call.body
        if call.upload is not None:
            body = {"filename": call.upload.filename, "size": len(call.upload.content)}
        self._rows.append(
            {
                "n": self._number,
                "at": call.now,
                "method": call.method,
                "path": call.path,
                "query": {name: value for name, value in call.query.items() if name not in _SECRET},
                "agent": call.app.agent,
                "body": body,
                "answer": _masked(answer),
                "outcome": outcome,
            }
        )
        self.counts[call.path] += 1
        self.outcomes[outcome] += 1

    def listed(
        self, path: str = "", since: int = 0, limit: int = 0, *, start: float = 0.0, end: float = 0.0
    ) -> list[dict[str, Any]]:
        """Return calls with a number above `since`, of one path where given, the first `limit` of them.

        With `start` or `end` those from one moment (included) to another (not), unix seconds of its clock.
        """
        rows = [
            row
            for row in self._rows
            if row["n"] > since
            and (not path or matches_path(path, row["path"]))
            and row["at"] >= start
            and (not end or row["at"] < end)
        ]
        return rows[:limit] if limit else rows

    def reset(self) -> None:
        """Forget calls and counters; numbers start again at 1."""
        self._rows.clear()
        self._number = 0
        self.counts.clear()
        self.outcomes.clear()


def _masked(answer: Any) -> Any:
    if isinstance(answer, dict) and any(name in answer for name in _SECRET):
        return {name: "***" if name in _SECRET else value for name, value in answer.items()}
    return answer
