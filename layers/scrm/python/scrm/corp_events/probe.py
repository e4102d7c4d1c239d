"""A callback that we send to ourselves, to learn whether callbacks arrive (set-up doctor).

It goes the whole way of a real one: our public address, signature, decryption, queue, worker. Only who
holds the callback's token and key can send it.
"""

from datetime import datetime, timedelta
from typing import ClassVar

from scrm.corp_events.dynamodb import ProbeRow
from scrm.table import rfc3339
from scrm.wecom.callbacks import CallbackEvent, text

EVENT = "scrm_probe"
KEPT = timedelta(hours=1)
HEARD = "PROBE#heard"
HEARD_KEPT = timedelta(days=400)
NOTED_EVERY = timedelta(hours=1)


def xml_of(corp_id: str, nonce: str, now: datetime) -> str:
    """Return the probe's content. `nonce` is letters and digits."""
    return (
        f"<xml><ToUserName>{corp_id}</ToUserName><FromUserName>sys</FromUserName>"
        f"<CreateTime>{int(now.timestamp())}</CreateTime><MsgType>event</MsgType>"
        f"<Event>{EVENT}</Event><EventKey>{nonce}</EventKey></xml>"
    )


def is_probe(event: CallbackEvent) -> bool:
    """Return whether the event is a probe of ours."""
    return event.event == EVENT


def arrived(event: CallbackEvent, now: datetime) -> None:
    """Note that a probe arrived. Repeating is safe."""
    expires_at = int((now + KEPT).timestamp())
    nonce = text(event.fields, "EventKey")[:64]
    ProbeRow(f"PROBE#{nonce}", arrived_at=rfc3339(now), expires_at=expires_at).save()


def has_arrived(nonce: str) -> bool:
    """Return whether the probe arrived."""
    try:
        ProbeRow.get(f"PROBE#{nonce}", consistent_read=True)
    except ProbeRow.DoesNotExist:
        return False
    return True


class _Noted:
    """When this process last noted that WeCom was heard."""

    at: ClassVar[datetime | None] = None


def heard(now: datetime) -> None:
    """Note that WeCom sent a callback; at most one write an hour from each process."""
    if _Noted.at is not None and timedelta(0) <= now - _Noted.at < NOTED_EVERY:
        return
    expires_at = int((now + HEARD_KEPT).timestamp())
    ProbeRow(HEARD, arrived_at=rfc3339(now), expires_at=expires_at).save()
    _Noted.at = now


def last_heard() -> datetime | None:
    """Return when WeCom was last heard, to the hour; None when it never was."""
    try:
        return datetime.fromisoformat(ProbeRow.get(HEARD).arrived_at)
    except ProbeRow.DoesNotExist:
        return None
