"""Rows of dynamic codes: `DYNAMIC#<state>` says what a visit carried."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from scrm.table import Row, rfc3339

_SK = "DYNAMIC"
KEPT = timedelta(days=30)
"""From the visit to the add; a state is a visitor's own and is not printed."""


@dataclass(frozen=True)
class DynamicCode:
    """What one visit of a page carried 动态活码: the campaign or session `cid` and its parameters.

    `state` comes back with the add, `channel_id` is whose tags and welcome the customer then gets.
    """

    state: str
    cid: str
    params: Mapping[str, str]
    channel_id: str
    created_at: datetime


class DynamicRow(Row):
    """One dynamic code."""

    cid = UnicodeAttribute()
    params: JSONAttribute = JSONAttribute(null=True)
    channel_id = UnicodeAttribute(null=True)
    created_at = UnicodeAttribute()
    expires_at = NumberAttribute()


def put_dynamic_code(code: DynamicCode) -> None:
    """Store a dynamic code. 1 WRU."""
    DynamicRow(
        f"DYNAMIC#{code.state}",
        _SK,
        cid=code.cid,
        params=dict(code.params) or None,
        channel_id=code.channel_id or None,
        created_at=rfc3339(code.created_at.astimezone(UTC)),
        expires_at=int((code.created_at + KEPT).timestamp()),
    ).save()


def dynamic_code(state: str) -> DynamicCode | None:
    """Return what a state carries, None for one that nobody issued. 0.5 RRU.

    One that has expired and is still there counts: the customer did come that way.
    """
    try:
        row: Any = DynamicRow.get(f"DYNAMIC#{state}", _SK)
    except DynamicRow.DoesNotExist:
        return None
    return DynamicCode(
        state, row.cid, row.params or {}, row.channel_id or "", datetime.fromisoformat(row.created_at)
    )
