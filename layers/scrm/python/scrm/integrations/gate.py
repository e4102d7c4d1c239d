"""The gate of /integrations: nothing passes unsigned, late, or twice with a second effect."""

import json
from datetime import datetime, timedelta

from scrm import clock, secret_store
from scrm.http.problems import Problem
from scrm.http.request import Request
from scrm.http.routing import Route
from scrm.integrations import dynamodb
from scrm.integrations.signing import Signature, claimed, is_fresh, is_genuine
from scrm.secret_store import SecretMissing

# A key that is not there is not asked for again for so long, however often somebody tries it.
_UNKNOWN_KEPT = timedelta(minutes=1)
_MOST_UNKNOWN = 1000
# What an unknown key's signature is compared with: the answer takes as long as for a known one.
_NO_SECRET = "-"  # noqa: S105  # nosec B105: stands for the absence of a secret

_unknown: dict[str, datetime] = {}


def admit(request: Request, route: Route) -> None:
    """Let a request pass that its key's holder signed just now; raises a 401 problem for any other.

    Wrong keys and wrong signatures get one and the same answer. Only who holds the key learns that the
    time is off, or that the request was sent before.
    """
    claim = claimed(request.headers)
    if claim is None:
        raise _refused()
    secret = _secret(claim.key_id, request.now)
    genuine = is_genuine(claim, secret or _NO_SECRET, request.method, request.path, request.raw_body)
    if secret is None or not genuine:
        raise _refused()
    _refuse_old(claim, request, route)


def _refuse_old(claim: Signature, request: Request, route: Route) -> None:
    if not is_fresh(claim, clock.readings()):
        raise Problem(401, "stale_timestamp", "签名时间超出五分钟，请校准时钟后重新签名")
    # Only a creation keeps the answer that its repetition gets; anything else would be done twice.
    key = request.headers.get("idempotency-key") if route.creates else None
    if not dynamodb.may_pass(claim, key, request.now):
        raise Problem(401, "replayed_request", "这个签名已使用过，请重新签名后再发送")


def _refused() -> Problem:
    return Problem(401, "invalid_signature", "缺少签名或签名无效")


def _secret(key_id: str, now: datetime) -> str | None:
    known_missing = _unknown.get(key_id)
    if known_missing and abs(now - known_missing) < _UNKNOWN_KEPT:
        return None
    try:
        stored = secret_store.secret(f"integrations/{key_id}")
    except SecretMissing:
        if len(_unknown) >= _MOST_UNKNOWN:
            _unknown.clear()
        _unknown[key_id] = now
        return None
    return str(json.loads(stored)["secret"])


def forget() -> None:
    """Ask for every key again, e.g. between tests."""
    _unknown.clear()
