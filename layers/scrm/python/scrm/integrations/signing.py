"""Signatures of other systems' requests (docs/operations/integrations.md). Pure.

HMAC-SHA256 over time, method, path and body. The query is not signed, so no route here takes one.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=5)
_KEY_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Signature:
    """What the headers of a request claim. `timestamp` in unix seconds."""

    key_id: str
    timestamp: int
    value: str


def claimed(headers: Mapping[str, str]) -> Signature | None:
    """Return what the headers claim, None when one is missing or has not its form. Names are lower case."""
    key_id = headers.get("x-scrm-key", "")
    timestamp = headers.get("x-scrm-timestamp", "")
    value = headers.get("x-scrm-signature", "").lower()
    formed = _KEY_ID.fullmatch(key_id) and _TIMESTAMP.fullmatch(timestamp) and _SIGNATURE.fullmatch(value)
    return Signature(key_id, int(timestamp), value) if formed else None


def signature(secret: str, timestamp: int, method: str, path: str, body: bytes) -> str:
    """Return the signature of a request, hex."""
    text = f"{timestamp}\n{method}\n{path}\n{hashlib.sha256(body).hexdigest()}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def is_genuine(claim: Signature, secret: str, method: str, path: str, body: bytes) -> bool:
    """Return whether the holder of `secret` signed the request; takes as long for every wrong answer."""
    return hmac.compare_digest(claim.value, signature(secret, claim.timestamp, method, path, body))


def is_fresh(claim: Signature, readings: Sequence[datetime]) -> bool:
    """Return whether the request was signed within five minutes of a time its sender may believe it is."""
    return any(abs(now.timestamp() - claim.timestamp) <= WINDOW.total_seconds() for now in readings)
