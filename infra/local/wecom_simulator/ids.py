"""Identifiers that look like WeCom's and repeat for the same seed."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Ids:
    """A counted stream of pseudo-random values; the count is saved, so a restart goes on where it stopped."""

    def __init__(self, seed: str, count: int = 0) -> None:
        self.seed = seed
        self.count = count

    def digest(self, kind: str) -> bytes:
        """Return 32 fresh bytes."""
        self.count += 1
        return hashlib.sha256(f"{self.seed}:{kind}:{self.count}".encode()).digest()

    def hex32(self, kind: str) -> str:
        """Return 32 hex digits, the form of config_id and member versions."""
        return self.digest(kind).hex()[:32]

    def text(self, kind: str, prefix: str, length: int) -> str:
        """Return a string of `length` letters and digits that begins with `prefix`."""
        value = prefix
        while len(value) < length:
            value += base64.b64encode(self.digest(kind), altchars=b"Ab").decode().rstrip("=")
        return value[:length]

    def external_userid(self, *, wecom_user: bool) -> str:
        """Return a 32-character id: `wm` for a WeChat user, `wo` for another corp's WeCom user."""
        return self.text("customer", ("wo" if wecom_user else "wm") + "Sm7CDAAA", 32)

    def fraction(self, kind: str) -> float:
        """Return a number in [0, 1)."""
        return int.from_bytes(self.digest(kind)[:6], "big") / float(1 << 48)

    def pick(self, kind: str, options: Sequence[T]) -> T:
        """Return one of the options."""
        return options[int(self.fraction(kind) * len(options))]
