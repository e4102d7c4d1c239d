"""Verifies, decrypts and queues what WeCom posts. Opens no table: its cold start is its latency."""

import json
from typing import Any

from scrm import clock, initialised
from scrm.callbacks.delivery import Received, delivery_of, opened, received
from scrm.callbacks.queueing import QueueUnavailable, queue
from scrm.callbacks.receivers import key_of
from scrm.config import required
from scrm.telemetry import Log
from scrm.wecom.callbacks import MalformedCallback, OversizedCallback
from scrm.wecom.crypto import Forged

CORP_ID = required("WECOM_CORP_ID")
log = Log("wecom_callback")
initialised()


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer WeCom: the echostr of a check, 200 for an event that is durably queued, else a refusal."""
    try:
        return _taken_in(event)
    except Forged as forged:
        log.warning("callback_refused", reason=forged.reason)
        return _problem(403, "Forbidden", "callback_refused")
    except OversizedCallback:
        log.warning("callback_refused", reason="oversized")
        return _problem(413, "Content Too Large", "body_too_large")
    except MalformedCallback as malformed:
        log.warning("callback_refused", reason=str(malformed))
        return _problem(400, "Bad Request", "malformed_callback")
    except QueueUnavailable as unavailable:
        log.warning("callback_not_queued", cause=unavailable.cause)
        return _problem(503, "Service Unavailable", "queue_unavailable")
    except Exception:
        # A secret that cannot be read, say: WeCom repeats what is not answered with 200.
        log.exception("callback_failed")
        return _problem(503, "Service Unavailable", "unavailable")


def _taken_in(event: dict[str, Any]) -> dict[str, Any]:
    delivery = delivery_of(event)
    content = opened(delivery, key_of(delivery.receiver), clock.readings())
    if delivery.is_check:
        log.info("callback_address_verified", receiver=delivery.receiver)
        return _text(content.decode(errors="replace"))
    message = received(CORP_ID, delivery.receiver, content)
    queue(message, clock.now())
    _note(message)
    return _text("")


def _note(message: Received) -> None:
    log.info(
        "callback_queued",
        event_id=message.event_id,
        receiver=message.receiver,
        event=message.event.event or message.event.msg_type,
        change_type=message.event.change_type,
    )


def _text(body: str) -> dict[str, Any]:
    return {"statusCode": 200, "headers": {"Content-Type": "text/plain; charset=utf-8"}, "body": body}


def _problem(status: int, title: str, code: str) -> dict[str, Any]:
    body = {
        "type": f"urn:scrm:problem:{code}",
        "title": title,
        "status": status,
        "detail": "",
        "code": code,
    }
    headers = {"Content-Type": "application/problem+json"}
    if status == 503:
        headers["Retry-After"] = "5"
    return {"statusCode": status, "headers": headers, "body": json.dumps(body)}
