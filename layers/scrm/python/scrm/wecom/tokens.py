"""One access token (or ticket) for all processes: one fetch per expiry, however many ask for it.

A process looks into its memory, then into the shared store; whoever holds the lease fetches, the others
look again until it is there. The lease's end is not read off a clock, since clocks differ: a waiter that
has watched one and the same lease for LEASE_SECONDS of its own monotonic time takes it over. The token is
renewed some five minutes early, while it still serves everyone, so that even a killed holder delays nobody.
Source of the limits: WeCom documents 91039 and 90454.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import uniform
from threading import Lock
from typing import Protocol
from uuid import uuid4

from scrm.wecom.errors import BadCredentials, Busy, WeComError, error_for

EARLY_SECONDS = 300.0
LEASE_SECONDS = 4.0
PATIENCE_SECONDS = 10.0
_SAFETY = 10.0
_RETRY_EARLY = 5.0
_ABANDONED = 900.0  # by the wall clock: more than clocks ever disagree
_REFUSAL_KEPT = 15.0
_REPLACE_PAUSE = 1.0


@dataclass(frozen=True)
class Held:
    """A token with its place in the order of tokens; `valid_until` in unix seconds."""

    value: str = field(repr=False)
    generation: int
    valid_until: float


@dataclass(frozen=True)
class Entry:
    """What the store knows of a token: the newest one, the running lease, the last refusal of a secret."""

    held: Held | None = None
    holder: str | None = None
    leased_at: float = 0.0
    refusal: int = 0
    refused_until: float = 0.0

    @property
    def generation(self) -> int:
        """Return the newest token's generation, 0 when there is none."""
        return self.held.generation if self.held else 0


class Leases(Protocol):
    """The shared store. Every write is conditional, so that of two callers one learns it was too late."""

    def read(self, key: str) -> Entry:
        """Return the entry as of now (a consistent read)."""
        ...

    def acquire(self, key: str, holder: str, seen: Entry, now: float) -> bool:
        """Take the lease if generation and holder are still as `seen`."""
        ...

    def publish(self, key: str, holder: str, held: Held) -> bool:
        """Store `held` and end the lease, if `holder` still has it and the stored generation is older."""
        ...

    def release(self, key: str, holder: str, refusal: int, refused_until: float) -> None:
        """End the lease if `holder` still has it; `refusal` is the errcode of a refused secret, else 0."""
        ...


Fetch = Callable[[], tuple[str, float]]
"""Gets a new token from WeCom: its value and how many seconds it is good for."""


class SharedToken:
    """The current token under `key`. Threads and processes may share it freely."""

    def __init__(
        self,
        key: str,
        fetch: Fetch,
        leases: Leases,
        *,
        now: Callable[[], float],
        monotonic: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._key = key
        self._fetch = fetch
        self._leases = leases
        self._now = now
        self._monotonic = monotonic
        self._sleep = sleep
        self._lock = Lock()
        self._held: Held | None = None
        # Random to spread load, not to hide anything.
        self._early = EARLY_SECONDS + uniform(0.0, 60.0)  # noqa: S311  # nosec B311
        self._next_early = 0.0
        self._watched: tuple[str, float] | None = None
        self._replaced_at = -_REPLACE_PAUSE

    def get(self) -> Held:
        """Return a token that serves now.

        Raises Busy when nobody could fetch one in time, BadCredentials when the secret is refused, and
        what else the fetch raises.
        """
        held = self._held
        if held is None or not self._serves(held):
            return self._obtain(None)
        if self._now() >= held.valid_until - self._early:
            self._renew_early()
        return self._held or held

    def replace(self, rejected: Held) -> Held:
        """Return a token newer than `rejected`, which WeCom refused before its time.

        However many callers were refused with it, one fetches. A process replaces at most once a second,
        so that a refusal with another cause does not become a stampede: it then gets the same one back.
        """
        if self._monotonic() - self._replaced_at < _REPLACE_PAUSE and self._held is not None:
            return self._held
        return self._obtain(rejected)

    def _serves(self, held: Held) -> bool:
        return self._now() < held.valid_until - _SAFETY

    def _obtain(self, rejected: Held | None) -> Held:
        with self._lock:
            if (held := self._held) and _newer(held, rejected) and self._serves(held):
                return held
            held = self._wait_for(rejected)
            self._held = held
            if rejected is not None:
                self._replaced_at = self._monotonic()
            return held

    def _wait_for(self, rejected: Held | None) -> Held:
        deadline = self._monotonic() + PATIENCE_SECONDS
        pause = 0.03
        first: int | None = None
        while True:
            entry = self._leases.read(self._key)
            first = entry.generation if first is None else first
            if entry.held and _newer(entry.held, rejected):
                if self._serves(entry.held):
                    return entry.held
                if entry.generation > first:
                    # Published while we waited, yet past by our clock: our clock is off, the token is new.
                    return Held(entry.held.value, entry.generation, self._now() + EARLY_SECONDS)
            self._refuse_known_bad_secret(entry)
            if self._may_take(entry) and (held := self._take(entry)):
                return held
            if self._monotonic() >= deadline:
                raise Busy(-1, "no token in time", self._key)
            self._sleep(pause)
            pause = min(pause * 1.5, 0.25)

    def _renew_early(self) -> None:
        if not self._lock.acquire(blocking=False):
            return
        try:
            if self._monotonic() < self._next_early:
                return
            self._next_early = self._monotonic() + _RETRY_EARLY
            entry = self._leases.read(self._key)
            if entry.held and self._held and entry.generation > self._held.generation:
                self._held = entry.held
            elif self._may_take(entry) and (held := self._take(entry)):
                self._held = held
        except WeComError:
            return  # the old token still serves; the next attempt is seconds away
        finally:
            self._lock.release()

    def _may_take(self, entry: Entry) -> bool:
        if entry.holder is None or self._now() - entry.leased_at > _ABANDONED:
            return True
        if self._watched is None or self._watched[0] != entry.holder:
            self._watched = (entry.holder, self._monotonic())
        return self._monotonic() - self._watched[1] >= LEASE_SECONDS

    def _take(self, entry: Entry) -> Held | None:
        holder = uuid4().hex
        if not self._leases.acquire(self._key, holder, entry, self._now()):
            return None
        try:
            value, seconds = self._fetch()
        except BadCredentials as error:
            # Refused secrets, repeated, get our address blocked for an hour: let nobody try for a while.
            self._leases.release(self._key, holder, error.errcode, self._now() + _REFUSAL_KEPT)
            raise
        except BaseException:
            self._leases.release(self._key, holder, 0, 0.0)
            raise
        held = Held(value, entry.generation + 1, self._now() + seconds)
        # When publishing fails, a successor took our lease for dead: its token stands, ours serves us.
        self._leases.publish(self._key, holder, held)
        return held

    def _refuse_known_bad_secret(self, entry: Entry) -> None:
        if entry.refusal and 0 < entry.refused_until - self._now() <= _REFUSAL_KEPT:
            raise error_for(entry.refusal, "refused moments ago", self._key)


def _newer(held: Held, rejected: Held | None) -> bool:
    if rejected is None or held.generation > rejected.generation:
        return True
    return held.generation == rejected.generation and held.value != rejected.value
