"""Events of kinds unknown to us, kept 30 days: `CALLBACKS#<date>`."""

from datetime import UTC, datetime, timedelta

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from scrm.callbacks.queued import Queued
from scrm.table import Row

KEPT = timedelta(days=30)


class CallbackRow(Row):
    """One callback as it came."""

    receiver = UnicodeAttribute()
    received_at = UnicodeAttribute()
    event = UnicodeAttribute()
    change_type = UnicodeAttribute()
    xml = UnicodeAttribute()
    expires_at = NumberAttribute()


def keep(unknown: Queued, now: datetime) -> None:
    """Keep a callback that nothing here understands. Repeating is safe: its own day and id are the key."""
    day = datetime.fromtimestamp(unknown.event.created_at, UTC) if unknown.event.created_at else now
    CallbackRow(
        f"CALLBACKS#{day:%Y-%m-%d}",
        unknown.event_id,
        receiver=unknown.receiver,
        received_at=unknown.received_at,
        event=unknown.event.event or unknown.event.msg_type,
        change_type=unknown.event.change_type,
        xml=unknown.xml,
        expires_at=int((now + KEPT).timestamp()),
    ).save()
