"""What a condition may ask of a card: every field with its kind, in the words of spec 2.

A field of the relation asks of one member's own, a customer's field is the same on all their cards. `moves`
says after how long the mere passing of time changes an answer, for what is derived from the time.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from scrm.cards.model import RFM_GROUPS, BrandGroup, Card, Lifecycle, Loyalty
from scrm.customers.model import CustomerKind
from scrm.customers.relation import Status

Kind = Literal["number", "time", "bool", "choice", "text", "set", "score"]
Level = Literal["relation", "customer"]
Read = Callable[[Card, datetime], Any]

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Field:
    """One field. `choices` are the values a choice may have, empty when the corp decides them."""

    name: str
    kind: Kind
    level: Level
    title: str
    read: Read
    choices: tuple[str, ...] = ()
    moves: tuple[tuple[str, timedelta], ...] = ()
    """(time field, after how long): when the passing of time alone may change the answer."""


def _of(name: str) -> Read:
    return lambda card, _now: getattr(card, name)


def _field(
    name: str, kind: Kind, level: Level, title: str, read: str | Read = "", choices: tuple[str, ...] = ()
) -> Field:
    return Field(name, kind, level, title, _of(read or name) if isinstance(read, str) else read, choices)


def _derived(
    name: str,
    title: str,
    read: Read,
    choices: tuple[str, ...],
    *moves: tuple[str, int],
    kind: Kind = "choice",
) -> Field:
    return Field(name, kind, "customer", title, read, choices, tuple((of, days * DAY) for of, days in moves))


_RECENCY = tuple(("last_order_at", days) for days in (31, 61, 91, 181))

_FIELDS = (
    # how one member knows them
    _field("staff", "choice", "relation", "跟进成员", lambda card, _: card.userid.lower() or None),
    _field("name", "text", "relation", "名称"),
    _field("remark", "text", "relation", "备注"),
    _field("relation_state", "choice", "relation", "好友状态", "status", get_args(Status)),
    _field("added_at", "time", "relation", "添加时间"),
    _field("add_way", "number", "relation", "添加方式"),
    _field("channel", "choice", "relation", "渠道", "channel_id"),
    _field("deleted_at", "time", "relation", "删除时间"),
    _field("tags", "set", "relation", "标签"),
    _field("last_contact_at", "time", "relation", "最近联系时间"),
    _field("customer_message_at", "time", "relation", "客户最近发言时间"),
    _field("staff_message_at", "time", "relation", "成员最近发言时间"),
    _field("unreplied", "bool", "relation", "未回复"),
    _field("followed_at", "time", "relation", "最近跟进时间"),
    _field("followed_since_add", "bool", "relation", "添加后已跟进"),
    # who they are
    _field("known_at", "time", "customer", "建档时间", "created_at"),
    _field("kind", "choice", "customer", "客户类型", "kind", get_args(CustomerKind)),
    _field("identified", "bool", "customer", "已识别"),
    _field("stage", "choice", "customer", "阶段", lambda card, _: card.stage or None),
    _field("stage_at", "time", "customer", "进入阶段时间"),
    _field("interests", "set", "customer", "意向商品"),
    _field("opted_out", "bool", "customer", "拒绝营销"),
    _field("first_added_at", "time", "customer", "首次添加时间"),
    _field("friends", "number", "customer", "好友成员数"),
    _field("all_tags", "set", "customer", "全部成员打的标签"),
    _field("official_account", "bool", "customer", "关注公众号"),
    # what they did
    _field("order_count", "number", "customer", "订单数"),
    _field("order_amount", "number", "customer", "订单净额（分）"),
    _field("first_order_at", "time", "customer", "首次订单时间"),
    _field("last_order_at", "time", "customer", "最近订单时间"),
    _field("orders_365d", "number", "customer", "一年内订单数"),
    _field("amount_365d", "number", "customer", "一年内订单净额（分）"),
    _field("products", "set", "customer", "已购商品"),
    _field("is_member", "bool", "customer", "会员"),
    _field("inbound_at", "time", "customer", "最近主动互动时间"),
    _field("sessions", "number", "customer", "会话数"),
    _field("session_seconds", "number", "customer", "会话时长（秒）"),
    _field("last_session_at", "time", "customer", "最近会话时间"),
    _field("shares_90d", "number", "customer", "90 天内分享次数"),
    _field("referrals_90d", "number", "customer", "90 天内转介绍次数"),
    _field("feedback_90d", "number", "customer", "90 天内共创反馈次数"),
    Field(
        "interaction_index", "number", "customer", "互动指数", lambda card, now: card.interaction_index(now)
    ),
    _derived(
        "lifecycle",
        "生命周期",
        lambda card, now: card.lifecycle(now),
        get_args(Lifecycle),
        ("first_added_at", 8),
        ("quiet_since", 31),
        ("quiet_since", 60),
    ),
    _field("loyalty", "choice", "customer", "忠诚度", "loyalty", get_args(Loyalty)),
    _derived("brand_group", "品牌人群", lambda card, now: card.brand_group(now), get_args(BrandGroup)),
    _derived(
        "rfm_group", "RFM 分层", lambda card, now: card.rfm_group(now), tuple(RFM_GROUPS.values()), *_RECENCY
    ),
    _derived("rfm_r", "RFM 近度", lambda card, now: _rfm(card, now, 0), (), *_RECENCY, kind="number"),
    _derived("rfm_f", "RFM 频度", lambda card, now: _rfm(card, now, 1), (), kind="number"),
    _derived("rfm_m", "RFM 额度", lambda card, now: _rfm(card, now, 2), (), kind="number"),
    # where they belong
    _field("segments", "set", "customer", "分层"),
)


def _rfm(card: Card, now: datetime, place: int) -> int | None:
    scores = card.rfm(now)
    return scores[place] if scores else None


FIELDS: Mapping[str, Field] = {each.name: each for each in _FIELDS}
SCORE = "score."
CUSTOM = "field."

KIND_OF_CUSTOM: Mapping[str, Kind] = {
    "text": "text",
    "number": "number",
    "bool": "bool",
    "date": "time",
    "option": "choice",
    "options": "set",
}
"""By the type of a custom field (scrm.fields)."""


_NUMBERS = ("eq", "ne", "lt", "lte", "gt", "gte", "between")
OPS: Mapping[Kind, tuple[str, ...]] = {
    "number": (*_NUMBERS, "in", "not_in", "known"),
    "time": ("before", "from", "between", "within_days", "older_than_days", "since_midnight", "known"),
    "bool": ("is", "known"),
    "choice": ("in", "not_in", "known"),
    "text": ("is", "contains", "in", "not_in", "known"),
    "set": ("any", "all", "none", "known"),
    "score": (*_NUMBERS, "in", "not_in", "known"),
}
"""Which ops a field of a kind knows."""


def field_named(name: str, custom: Mapping[str, str] | None = None) -> Field | None:
    """Return a field by name; None for one that does not exist.

    `score.<name>` asks for a score, `field.<key>` for a custom field; `custom` maps the keys that may be
    asked for to their types (None: any key, read as it is stored).
    """
    if name in FIELDS:
        return FIELDS[name]
    if name.startswith(SCORE) and len(name) > len(SCORE):
        key = name.removeprefix(SCORE)
        return Field(name, "score", "customer", key, lambda card, _: card.scores.get(key))
    if name.startswith(CUSTOM) and len(name) > len(CUSTOM):
        key = name.removeprefix(CUSTOM)
        if custom is not None and key not in custom:
            return None
        kind = KIND_OF_CUSTOM[custom[key]] if custom else "text"
        return Field(name, kind, "customer", key, lambda card, _: card.fields.get(key))
    return None
