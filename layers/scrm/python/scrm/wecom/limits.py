"""Our own count of calls, so that WeCom never has to block us: 10,000 a minute and 150,000 an hour for each
API path and corp (WeCom document 90454), across all processes.

A process may make FREE_PER_MINUTE calls of an API without asking anybody; beyond it takes blocks of BLOCK
calls (at the end LAST_BLOCK) from a counter in the volatile table, one conditional write each, as long as
count + block stays below limit - reserve. The reserve (4 %) covers what is not counted yet: calls that cross
the minute in flight, and the free calls of up to 80 lightly used processes. A process reports its free calls
with its next block, and keeps at most FREE_UNREPORTED of them to itself within an hour.

After a 45009 the path is blocked for everyone, by one row per corp: for 60 s, or until the hour ends when it
comes again within two minutes of such a block. A process lets a call go only if it has read that row within
the last BLOCK_SEEN_SECONDS, so that calls inside a block are those already under way; it resumes with the
first call after the block's end. Windows go by the wall clock given as `now`, which may be moved.
"""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Protocol

from scrm.wecom.errors import Throttled

MINUTE_LIMIT = 10_000
HOUR_LIMIT = 150_000
RESERVED_SHARE = 0.04
BLOCK = 100
LAST_BLOCK = 10
FREE_PER_MINUTE = 5
FREE_UNREPORTED = 20
BLOCK_SECONDS = 60.0
BLOCK_SEEN_SECONDS = 0.25
_AGAIN_SECONDS = 120.0


class Windows(Protocol):
    """The shared counters and blocks."""

    def take(self, key: str, minute: int, in_minute: int, in_hour: int, ceilings: tuple[int, int]) -> bool:
        """Add to the counts of that minute of the hour and of the hour, if both stay within ceilings."""
        ...

    def taken(self, key: str, minute: int) -> tuple[int, int]:
        """Return the counts of that minute and of the hour."""
        ...

    def blocks(self, key: str) -> dict[str, float]:
        """Return until when (unix seconds) each API path is blocked, past blocks included."""
        ...

    def block(self, key: str, api: str, until: float) -> None:
        """Block `api` until then; an earlier block never replaces a later one."""
        ...


@dataclass
class _Window:
    """What one process still may do with one API path.

    `spare` is what a minute's end left of its block: counted for the hour, yet never made.
    """

    minute: int = -1
    hour: int = -1
    free: int = 0
    left: int = 0
    spare: int = 0
    unreported_minute: int = 0
    unreported_hour: int = 0
    full_until: float = 0.0


class RateLimits:
    """Asked before every call, told of every 45009. Threads may share it."""

    def __init__(
        self,
        corp_id: str,
        windows: Windows,
        *,
        now: Callable[[], float],
        monotonic: Callable[[], float],
    ) -> None:
        self._corp_id = corp_id
        self._windows = windows
        self._now = now
        self._monotonic = monotonic
        self._lock = Lock()
        self._apis: dict[str, _Window] = {}
        self._blocks: dict[str, float] = {}
        self._blocks_read_at = -BLOCK_SEEN_SECONDS
        self._minute_ceiling = int(MINUTE_LIMIT * (1 - RESERVED_SHARE))
        self._hour_ceiling = int(HOUR_LIMIT * (1 - RESERVED_SHARE))

    def before_call(self, api: str) -> None:
        """Count one call of `api`. Raises Throttled, without counting, when none is left or it is blocked."""
        with self._lock:
            now = self._now()
            self._refuse_blocked(api, now)
            window = self._window(api, now)
            if window.full_until > now:
                raise Throttled(api, window.full_until - now)
            if window.left:
                window.left -= 1
            elif window.free and window.unreported_hour < FREE_UNREPORTED:
                window.free -= 1
                window.unreported_minute += 1
                window.unreported_hour += 1
            else:
                self._take_block(api, window, now)

    def after_throttled(self, api: str) -> float:
        """Block `api` for everyone after a 45009; return the seconds until it may be called again."""
        with self._lock:
            now = self._now()
            self._blocks = self._windows.blocks(self._blocks_key)
            earlier = self._blocks.get(api, 0.0)
            if _holds(earlier, now):
                return earlier - now
            until = now + BLOCK_SECONDS
            if now - earlier < _AGAIN_SECONDS:
                until = max(until, (now // 3600 + 1) * 3600)
            self._windows.block(self._blocks_key, api, until)
            self._blocks[api] = until
            return until - now

    @property
    def _blocks_key(self) -> str:
        return f"wecom-blocks#{self._corp_id}"

    def _refuse_blocked(self, api: str, now: float) -> None:
        if self._monotonic() - self._blocks_read_at >= BLOCK_SEEN_SECONDS:
            self._blocks = self._windows.blocks(self._blocks_key)
            self._blocks_read_at = self._monotonic()
        until = self._blocks.get(api, 0.0)
        if _holds(until, now):
            raise Throttled(api, until - now)

    def _window(self, api: str, now: float) -> _Window:
        window = self._apis.setdefault(api, _Window())
        minute, hour = int(now // 60), int(now // 3600)
        if window.hour != hour:
            window.hour, window.unreported_hour, window.full_until = hour, 0, 0.0
            window.left = window.spare = 0
        if window.minute != minute:
            window.spare += window.left
            window.minute, window.free, window.left = minute, FREE_PER_MINUTE, 0
            window.unreported_minute = 0
        return window

    def _take_block(self, api: str, window: _Window, now: float) -> None:
        key = f"wecom-rate#{self._corp_id}#{api}#{window.hour}"
        minute = window.minute % 60
        ceilings = (self._minute_ceiling, self._hour_ceiling)
        for size in (BLOCK, LAST_BLOCK):
            in_minute = size + window.unreported_minute
            in_hour = size + window.unreported_hour - window.spare
            if self._windows.take(key, minute, in_minute, in_hour, ceilings):
                window.left = size - 1
                window.unreported_minute = window.unreported_hour = window.spare = 0
                return
        _, hour_taken = self._windows.taken(key, minute)
        hour_is_full = hour_taken + in_hour > self._hour_ceiling
        window.full_until = (window.hour + 1) * 3600.0 if hour_is_full else (window.minute + 1) * 60.0
        raise Throttled(api, window.full_until - now)


def _holds(until: float, now: float) -> bool:
    # A block lasts an hour at most: one that seems longer was written before the clock was moved back.
    return now < until <= now + 3600.0 + BLOCK_SECONDS
