"""Telling a webhook one event, signed like requests to us (docs/operations/integrations.md), with its id."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from scrm import telemetry
from scrm.integrations.signing import signature
from scrm.outside.addresses import target_of
from scrm.outside.posting import Poster
from scrm.secret_store import secret
from scrm.webhooks.dynamodb import webhook

NAME = "Scrm-Webhook/1"


class NotTaken(RuntimeError):
    """The receiver did not answer with a success; the event comes again."""


def tell(poster: Poster, webhook_id: str, body: Mapping[str, Any], now: datetime) -> None:
    """Post an event to its webhook; one that is gone or switched off is told nothing.

    Raises NotTaken, NotReached, Forbidden or SecretMissing; the event then comes again, and the receiver
    knows it by its id. A redirect is no success: it is not followed.
    """
    found = webhook(webhook_id)
    if found is None or not found.active:
        telemetry.count("event_not_wanted")
        return
    target = target_of(found.url)
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    stamp = int(now.timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": NAME,
        "X-Scrm-Key": found.webhook_id,
        "X-Scrm-Event-Id": str(body["event_id"]),
        "X-Scrm-Timestamp": str(stamp),
        "X-Scrm-Signature": signature(_secret(found.secret), stamp, "POST", target.path, text),
    }
    status = poster.post(target, text, headers)
    if not 200 <= status < 300:
        telemetry.count("event_not_taken", status=str(status))
        raise NotTaken(f"the receiver answered {status}")
    telemetry.count("event_told")


def _secret(name: str) -> str:
    stored = secret(f"webhooks/{name}")
    return str(json.loads(stored)["secret"]) if stored.startswith("{") else stored
