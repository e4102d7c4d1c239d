"""One delivery of WeCom: what an HTTP request must be to be taken in, and where its event goes.

Source: WeCom documents 96238 and 96466; contract.md, Callbacks. Pure: no clock, no AWS. Named tuples, since
making a frozen dataclass costs a cold start three times as much.
"""

import base64
import binascii
import re
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from scrm.wecom.callbacks import (
    MAX_BODY,
    CallbackEvent,
    MalformedCallback,
    OversizedCallback,
    envelope,
    event_id,
    parse,
    text,
)
from scrm.wecom.crypto import CallbackKey, Forged, is_fresh

_GROUP = re.compile(r"[A-Za-z0-9_.@#-]{1,128}")


class Delivery(NamedTuple):
    """A request to a callback address: `encrypted` is the echostr of a GET, the Encrypt of a POST."""

    receiver: str
    is_check: bool
    msg_signature: str
    timestamp: str
    nonce: str
    encrypted: str


class Received(NamedTuple):
    """A decrypted event, ready to be queued. `group` orders what concerns one subject."""

    event_id: str
    receiver: str
    xml: str
    event: CallbackEvent
    of_customer: bool
    group: str


def delivery_of(event: dict[str, Any]) -> Delivery:
    """Return the delivery in an HTTP API event (payload 2.0).

    Raises MalformedCallback, OversizedCallback. A missing parameter reads as empty, so that it fails the
    signature like any other wrong one.
    """
    query = event.get("queryStringParameters") or {}
    is_check = event["requestContext"]["http"]["method"] == "GET"
    return Delivery(
        receiver=(event.get("pathParameters") or {}).get("receiver", ""),
        is_check=is_check,
        msg_signature=query.get("msg_signature", ""),
        timestamp=query.get("timestamp", ""),
        nonce=query.get("nonce", ""),
        encrypted=query.get("echostr", "") if is_check else envelope(_body(event)),
    )


def opened(delivery: Delivery, key: CallbackKey | None, readings: Iterable[datetime]) -> bytes:
    """Return the decrypted content. Raises Forged when the sender is not WeCom or the stamp too old.

    `key` is the receiver's, None for an unknown one; `readings` are the times it may honestly be.
    """
    if key is None:
        raise Forged("receiver")
    content = key.open(delivery.msg_signature, delivery.timestamp, delivery.nonce, delivery.encrypted)
    if not any(is_fresh(delivery.timestamp, now.timestamp()) for now in readings):
        raise Forged("timestamp")
    return content


def received(corp_id: str, receiver: str, content: bytes) -> Received:
    """Return the event in a decrypted POST. Raises MalformedCallback."""
    event = parse(content)
    identity = event_id(corp_id, receiver, content)
    of_customer = event.event == "change_external_contact"
    subject = text(event.fields, "ExternalUserID") if of_customer else _subject(event)
    return Received(
        event_id=identity,
        receiver=receiver,
        xml=content.decode(errors="replace"),
        event=event,
        of_customer=of_customer,
        group=_group(subject or event.event or event.msg_type),
    )


def _body(event: dict[str, Any]) -> bytes:
    body = event.get("body") or ""
    # Neither decoded nor parsed when it cannot fit; the exact limit is the parser's.
    if len(body) > 2 * MAX_BODY:
        raise OversizedCallback("larger than 64 KiB")
    if not event.get("isBase64Encoded"):
        return bytes(body.encode("utf-8", "surrogatepass"))
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise MalformedCallback("not base64") from None


def _subject(event: CallbackEvent) -> str:
    """Return what an event is about: a group, a member, a link, an account; tags are read as one list."""
    if event.event == "change_external_tag":
        return event.event
    names = ("ChatId", "UserID", "Id", "LinkId", "OpenKfId")
    subject = next((value for name in names if (value := text(event.fields, name))), "")
    return f"{event.event}#{(subject or event.from_user).lower()}" if event.event else event.from_user


def _group(subject: str) -> str:
    """Return a message group id: FIFO queues take 128 plain characters."""
    return subject if _GROUP.fullmatch(subject) else sha256(subject.encode(errors="replace")).hexdigest()
