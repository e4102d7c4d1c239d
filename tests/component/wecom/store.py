"""The shared store in memory: the same promises as scrm/wecom/dynamodb.py, each step atomic."""

from dataclasses import replace
from threading import Lock

from scrm.wecom.tokens import Entry, Held


class MemoryStore:
    """`Leases` and `Windows`. `reads` counts reads of tokens, `writes` what DynamoDB would charge."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.entries: dict[str, Entry] = {}
        self.counts: dict[tuple[str, str], int] = {}
        self.until: dict[tuple[str, str], float] = {}
        self.writes = 0

    def read(self, key: str) -> Entry:
        with self._lock:
            return self.entries.get(key, Entry())

    def acquire(self, key: str, holder: str, seen: Entry, now: float) -> bool:
        with self._lock:
            self.writes += 1
            entry = self.entries.get(key, Entry())
            if (entry.generation, entry.holder) != (seen.generation, seen.holder):
                return False
            self.entries[key] = replace(entry, holder=holder, leased_at=now)
            return True

    def publish(self, key: str, holder: str, held: Held) -> bool:
        with self._lock:
            self.writes += 1
            entry = self.entries.get(key, Entry())
            if entry.holder != holder or entry.generation >= held.generation:
                return False
            self.entries[key] = Entry(held=held)
            return True

    def release(self, key: str, holder: str, refusal: int, refused_until: float) -> None:
        with self._lock:
            self.writes += 1
            entry = self.entries.get(key, Entry())
            if entry.holder == holder:
                self.entries[key] = Entry(entry.held, None, 0.0, refusal, refused_until)

    def take(self, key: str, minute: int, in_minute: int, in_hour: int, ceilings: tuple[int, int]) -> bool:
        with self._lock:
            self.writes += 1
            of_minute, of_hour = self._taken(key, minute)
            if of_minute + in_minute > ceilings[0] or of_hour + in_hour > ceilings[1]:
                return False
            self.counts[key, str(minute)] = of_minute + in_minute
            self.counts[key, "hour"] = of_hour + in_hour
            return True

    def taken(self, key: str, minute: int) -> tuple[int, int]:
        with self._lock:
            return self._taken(key, minute)

    def blocks(self, key: str) -> dict[str, float]:
        with self._lock:
            return {api: until for (owner, api), until in self.until.items() if owner == key}

    def block(self, key: str, api: str, until: float) -> None:
        with self._lock:
            self.writes += 1
            self.until[key, api] = max(until, self.until.get((key, api), 0.0))

    def _taken(self, key: str, minute: int) -> tuple[int, int]:
        return self.counts.get((key, str(minute)), 0), self.counts.get((key, "hour"), 0)


class VirtualTime:
    """A wall clock and a monotonic one that move only when someone sleeps, or when told."""

    def __init__(self, now: float = 1_772_417_700.0) -> None:
        self.wall = now
        self.ticks = 0.0

    def now(self) -> float:
        return self.wall

    def monotonic(self) -> float:
        return self.ticks

    def sleep(self, seconds: float) -> None:
        self.wall += seconds
        self.ticks += seconds
