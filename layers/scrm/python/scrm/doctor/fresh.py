# ruff: noqa: ARG002  (a store that holds nothing has no use for what it is told)
"""A client of WeCom that knows no token yet, so that the secret itself is tried."""

from dataclasses import replace

from scrm.wecom.client import WeCom
from scrm.wecom.tokens import Entry, Held


class _Nothing:
    """A store that holds nothing and refuses nothing: leases and windows of one process and one check."""

    def __init__(self) -> None:
        self._held: Held | None = None

    def read(self, key: str) -> Entry:
        """Return what this check has fetched itself."""
        return Entry(held=self._held)

    def acquire(self, key: str, holder: str, seen: Entry, now: float) -> bool:
        """Let the check fetch."""
        return True

    def publish(self, key: str, holder: str, held: Held) -> bool:
        """Keep the token for this check."""
        self._held = held
        return True

    def release(self, key: str, holder: str, refusal: int, refused_until: float) -> None:
        """Keep no refusal: an administrator who has mended the secret wants it tried again."""

    def take(self, key: str, minute: int, in_minute: int, in_hour: int, ceilings: tuple[int, int]) -> bool:
        """Count nothing."""
        return True

    def taken(self, key: str, minute: int) -> tuple[int, int]:
        """Return that nothing was counted."""
        return 0, 0

    def blocks(self, key: str) -> dict[str, float]:
        """Return that nothing is blocked."""
        return {}

    def block(self, key: str, api: str, until: float) -> None:
        """Keep no block."""


def fresh_client(like: WeCom) -> WeCom:
    """Return a client of the same corp, app and secret that shares nothing with `like`."""
    store = _Nothing()
    settings = replace(like.settings, budget=4.0, read_timeout=3.0)
    return WeCom(settings, store, store, transport=like._transport)  # noqa: SLF001  # the same way out
