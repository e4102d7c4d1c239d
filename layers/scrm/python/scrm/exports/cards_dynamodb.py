"""The source `cards`: customers as members know them, newest add first; a member's, or everybody's.

params: `owner`, a userid, or "" for everybody; `seen`, whose customers may be shown: userids in lower case,
or null for all.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from scrm.cards import dynamodb as cards
from scrm.cards.model import Card
from scrm.exports.lines import Cell, yuan
from scrm.exports.model import RowsPage
from scrm.sidebar import masking
from scrm.tags.dynamodb import catalogue

_STATUS = {
    "active": "好友",
    "deleted_by_customer": "被客户删除",
    "deleted_by_staff": "已删除客户",
    "both_deleted": "互相删除",
    "transferred_out": "已移交",
}
COLUMNS = (
    "客户",
    "备注",
    "成员",
    "状态",
    "添加时间",
    "阶段",
    "标签",
    "订单数",
    "订单金额（元）",
    "最近下单",
    "会员",
    "客户编号",
)


def columns(_: Mapping[str, Any]) -> Sequence[str]:
    """Return the titles of the columns."""
    return COLUMNS


def page(params: Mapping[str, Any], cursor: str, limit: int, now: datetime) -> RowsPage:
    """Return a page of cards as rows; a page may be short. One query, and the tags' names."""
    owner = str(params.get("owner") or "")
    if owner:
        start = json.loads(cursor) if cursor else None
        found = cards.owned(owner, limit, start)
        return RowsPage(
            rows_of(found.cards, params, now), json.dumps(found.last_key) if found.last_key else None
        )
    return _of_everybody(params, cursor, limit, now)


def _of_everybody(params: Mapping[str, Any], cursor: str, limit: int, now: datetime) -> RowsPage:
    """Go from month to month, the latest first."""
    month, start = json.loads(cursor) if cursor else ("", None)
    months = sorted((each for each in cards.months() if not month or each <= month), reverse=True)
    if not months:
        return RowsPage((), None)
    found = cards.added_in(months[0], limit, start)
    following: str | None = None
    if found.last_key:
        following = json.dumps([months[0], found.last_key])
    elif len(months) > 1:
        following = json.dumps([months[1], None])
    return RowsPage(rows_of(found.cards, params, now), following)


def rows_of(found: Sequence[Card], params: Mapping[str, Any], now: datetime) -> list[list[Cell]]:
    """Return cards as rows; those that may not be shown (`seen`) are left out."""
    seen = params.get("seen")
    allowed = None if seen is None else set(seen)
    shown = [card for card in found if allowed is None or card.userid.lower() in allowed]
    tags = catalogue(now, {each for card in shown for each in card.tags}).tags
    names = {tag_id: tag.name for tag_id, tag in tags.items()}
    return [_row(card, names) for card in shown]


def _row(card: Card, names: Mapping[str, str]) -> list[Cell]:
    return [
        masking.text(card.name),
        masking.text(card.remark),
        card.userid,
        _STATUS.get(card.status, ""),
        card.added_at,
        card.stage,
        "、".join(names[each] for each in card.tags if each in names),
        card.order_count,
        yuan(card.order_amount),
        card.last_order_at,
        card.is_member,
        card.customer_id,
    ]
