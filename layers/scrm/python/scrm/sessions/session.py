"""A session and its text: how long it lives, when it is renewed, how it is signed.

A session lives two hours from its last renewal and twelve hours in all, so an idle one ends after two.
Its text holds the member, the session's id and two times, signed with HMAC-SHA256; it holds no secret.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

IDLE = timedelta(hours=2)
LONGEST = timedelta(hours=12)
RENEWED_AFTER = timedelta(minutes=30)


@dataclass(frozen=True)
class Session:
    """One login of a member. Times are unix seconds."""

    session_id: str
    userid: str
    started_at: int
    issued_at: int

    @property
    def ends_at(self) -> int:
        """When it ends for good, however often it is renewed."""
        return self.started_at + int(LONGEST.total_seconds())

    @property
    def expires_at(self) -> datetime:
        """When it ends unless it is renewed."""
        idle_end = self.issued_at + int(IDLE.total_seconds())
        return datetime.fromtimestamp(min(idle_end, self.ends_at), UTC)

    def is_alive(self, now: datetime) -> bool:
        """Whether it has not expired at `now`."""
        return now < self.expires_at

    def wants_renewal(self, now: datetime) -> bool:
        """Whether its text is old enough at `now` to be replaced."""
        return now.timestamp() - self.issued_at >= RENEWED_AFTER.total_seconds()

    def renewed(self, now: datetime) -> "Session":
        """Return the same session, issued again at `now`; its end does not move."""
        return replace(self, issued_at=int(now.timestamp()))


class Signer:
    """Signs and reads texts of one purpose with the deployment's keys, the newest key first.

    The newest signs; every key reads, so that a key is replaced without ending a session.
    """

    def __init__(self, keys: Sequence[str], purpose: str) -> None:
        self._serializer = URLSafeSerializer(
            list(reversed(keys)),  # itsdangerous signs with the last
            salt=purpose,
            signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
        )

    def sign(self, content: Any) -> str:
        """Return plain JSON data as signed text that fits a cookie."""
        text = self._serializer.dumps(content)
        return text.decode() if isinstance(text, bytes) else text

    def read(self, text: str) -> Any:
        """Return what was signed, or None when the text is not ours."""
        try:
            return self._serializer.loads(text)
        except (BadData, ValueError):
            return None


def text_of(session: Session, keys: Sequence[str]) -> str:
    """Return the session as the bearer text."""
    content = [session.session_id, session.userid, session.started_at, session.issued_at]
    return Signer(keys, "session").sign(content)


def session_of(text: str, keys: Sequence[str]) -> Session | None:
    """Return the session behind a bearer text, alive or not, or None when the text is not ours."""
    content = Signer(keys, "session").read(text)
    if not isinstance(content, list) or len(content) != len(Session.__dataclass_fields__):
        return None
    return Session(*content)
