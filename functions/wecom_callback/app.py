"""Verifies, decrypts and queues what WeCom posts. Opens no table: its cold start is its latency."""

import json
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from scrm import aws, clock
from scrm.callbacks import receivers
from scrm.callbacks.delivery import Received, delivery_of, opened, received
from scrm.config import required
from scrm.wecom.callbacks import MalformedCallback, OversizedCallback
from scrm.wecom.crypto import Forged

CORP_ID = required("WECOM_CORP_ID")
CUSTOMER_EVENTS = required("CUSTOMER_EVENTS_URL")
CORP_EVENTS = required("CORP_EVENTS_URL")
aws.client("sqs")
aws.client("ssm")


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer WeCom: the echostr of a check, 200 for an event that is durably queued, else a refusal."""
    try:
        delivery = delivery_of(event)
        content = opened(delivery, receivers.key_of(delivery.receiver), clock.readings())
        if delivery.is_check:
            _log("callback_address_verified", receiver=delivery.receiver)
            return _text(200, content.decode(errors="replace"))
        _queue(received(CORP_ID, delivery.receiver, content))
        return _text(200, "")
    except Forged as forged:
        _log("callback_refused", reason=forged.reason)
        return _problem(403, "Forbidden", "callback_refused")
    except OversizedCallback:
        _log("callback_oversized")
        return _problem(413, "Content Too Large", "body_too_large")
    except MalformedCallback as malformed:
        _log("callback_malformed", reason=str(malformed))
        return _problem(400, "Bad Request", "malformed_callback")
    except (BotoCoreError, ClientError) as error:
        _log("callback_not_queued", error=type(error).__name__)
        return _problem(503, "Service Unavailable", "queue_unavailable")


def _queue(message: Received) -> None:
    body = {
        "event_id": message.event_id,
        "receiver": message.receiver,
        "received_at": clock.now().isoformat(timespec="milliseconds"),
        "xml": message.xml,
    }
    aws.client("sqs").send_message(
        QueueUrl=CUSTOMER_EVENTS if message.of_customer else CORP_EVENTS,
        MessageBody=json.dumps(body),
        MessageGroupId=message.group,
        MessageDeduplicationId=message.event_id,
    )
    _log(
        "callback_queued",
        event_id=message.event_id,
        receiver=message.receiver,
        event=message.event.event or message.event.msg_type,
        change_type=message.event.change_type,
    )


def _text(status: int, body: str) -> dict[str, Any]:
    return {"statusCode": status, "headers": {"Content-Type": "text/plain; charset=utf-8"}, "body": body}


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


def _log(message: str, **fields: str) -> None:
    """Print one line in the shape of the other functions' logger, which costs twice the floor to import."""
    line = {"level": "INFO", "message": message, "service": "scrm", **fields}
    print(json.dumps(line, ensure_ascii=False), flush=True)  # noqa: T201  # the log line itself
