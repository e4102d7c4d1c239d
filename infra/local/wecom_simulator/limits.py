"""WeCom's frequency and concurrency limits (documentation 90454), on the simulator's clock."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Literal

from .clock import corp_date, midnight

Span = Literal["minute", "hour", "day", "month"]
Rule = tuple[Span, int]

_DAY = 86_400


@dataclass
class Limits:
    """The numbers; each can be changed over the control API. 0 switches a limit off."""

    api_per_minute: int = 10_000
    api_per_hour: int = 150_000
    ip_per_minute: int = 20_000
    ip_per_hour: int = 600_000
    concurrency: int = 0
    gettoken_per_minute: int = 200
    bad_secrets_per_hour: int = 20
    corp_tickets_per_hour: int = 400
    app_tickets_per_hour: int = 100
    message_per_member_minute: int = 30
    message_per_member_hour: int = 1_000
    message_persons_per_day: int = 40_000
    uploadimg_per_day: int = 1_000
    uploadimg_per_month: int = 3_000
    moments_per_minute: int = 10
    moments_per_month: int = 100_000

    def change(self, values: dict[str, Any]) -> None:
        """Set the named limits; raises KeyError for one that does not exist."""
        for name, value in values.items():
            if name not in asdict(self):
                raise KeyError(name)
            setattr(self, name, int(value))


def _bucket(now: float, span: Span) -> int:
    if span == "minute":
        return int(now // 60)
    if span == "hour":
        return int(now // 3600)
    date = corp_date(now)
    return date.toordinal() if span == "day" else date.year * 12 + date.month


def _blocked_until(now: float, span: Span) -> float:
    """A block lasts as long as the window that was exceeded."""
    if span == "minute":
        return now + 60
    if span == "hour":
        return now + 3600
    return midnight(now) + _DAY if span == "day" else now + 30 * _DAY


@dataclass
class _Window:
    bucket: int = -1
    count: int = 0
    seen_at: float = 0.0
    blocked_until: float = 0.0


class RateWindows:
    """Counters per key and span. A clock moved back clears what it passes."""

    def __init__(self) -> None:
        self._windows: dict[tuple[Hashable, Span], _Window] = {}

    def take(self, key: Hashable, now: float, *rules: Rule, weight: int = 1) -> bool:
        """Count one call; False when a window is exceeded or still blocked (then nothing is counted)."""
        windows = [(self._window(key, span, now), span, limit) for span, limit in rules if limit > 0]
        if any(now < window.blocked_until for window, _, _ in windows):
            return False
        for window, span, limit in windows:
            if window.count + weight > limit:
                window.blocked_until = _blocked_until(now, span)
                return False
        for window, _, _ in windows:
            window.count += weight
        return True

    def full(self, key: Hashable, now: float, *rules: Rule) -> bool:
        """Return whether the next call would be refused, without counting it."""
        for span, limit in rules:
            window = self._window(key, span, now)
            if limit > 0 and (now < window.blocked_until or window.count >= limit):
                return True
        return False

    def count(self, key: Hashable, now: float, *spans: Span) -> None:
        """Count one call in windows that never block (the caller looks at `full`)."""
        for span in spans:
            self._window(key, span, now).count += 1

    def clear(self) -> None:
        """Forget every count and block."""
        self._windows.clear()

    def _window(self, key: Hashable, span: Span, now: float) -> _Window:
        window = self._windows.get((key, span))
        if window is None:
            window = self._windows[key, span] = _Window()
        if now < window.seen_at - 1:
            window.blocked_until = 0.0
            window.bucket = -1
        window.seen_at = now
        bucket = _bucket(now, span)
        if bucket != window.bucket:
            window.bucket, window.count = bucket, 0
        return window


class Concurrency:
    """How many calls of one API are being served at this moment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: Counter[str] = Counter()

    @contextmanager
    def entered(self, path: str) -> Iterator[int]:
        """Yield the number of calls of this API in flight, this one included."""
        with self._lock:
            self._running[path] += 1
            number = self._running[path]
        try:
            yield number
        finally:
            with self._lock:
                self._running[path] -= 1
