"""A notice 企业通知: what a member of staff should know, and how it travels to the function that sends it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Literal, get_args

Kind = Literal[
    "new_customer",
    "new_lead",
    "due_task",
    "unreplied",
    "deleted_by_customer",
    "transfer_result",
    "recycle_soon",
    "order_paid",
    "alert",
    "escalation",
    "mass_send",
    "step_overdue",
]
KINDS: tuple[Kind, ...] = get_args(Kind)

Format = Literal["text", "markdown", "textcard", "news", "template_card", "miniprogram_notice"]

# Someone waits for the member: minutes decide. What has already happened and only wants to be known
# (a deletion, a payment, a transfer's result) keeps until the next digest. The corp's settings decide; this
# is what they start with.
URGENT: tuple[Kind, ...] = ("new_customer", "new_lead", "unreplied", "alert", "escalation")

# The sentence of one notice. {name} is the customer's, looked up when it is sent; facts are named in
# docs/operations/notices.md, and an absent one reads as empty.
TITLES: dict[Kind, str] = {
    "new_customer": "新客户添加了你",
    "new_lead": "有新线索分配给你",
    "due_task": "待办到期",
    "unreplied": "客户正在等你回复",
    "deleted_by_customer": "客户删除了你",
    "transfer_result": "客户交接有结果了",
    "recycle_soon": "线索即将回收",
    "order_paid": "客户已付款",
    "alert": "系统提醒",
    "escalation": "成员有紧急提醒未处理",
    "mass_send": "有群发待你确认",
    "step_overdue": "成员超过 24 小时未完成",
}
SENTENCES: dict[Kind, str] = {
    "new_customer": "{name} {channel}",
    "new_lead": "{name} {channel}",
    "due_task": "{title} {name}",
    "unreplied": "{name} 已等待 {minutes} 分钟",
    "deleted_by_customer": "{name}",
    "transfer_result": "{name} {result} {staff}",
    "recycle_soon": "{name} 的保护期将于 {recycle_at} 结束，请及时跟进",
    "order_paid": "{name} {amount}",
    "alert": "{title}",
    "escalation": "{staff} {about} {name}",
    "step_overdue": "{staff} {about} {name}",
    "mass_send": "{title}，共 {count} 位客户，请在企业微信“群发助手”中确认发送",
}


@dataclass(frozen=True)
class Notice:
    """One notice to one member.

    `id` begins with the time it takes effect, so that a member's notices sort by it, and ends in a hash of
    what it follows from, so that a repeated change gives the same notice. `subject` holds ids
    (external_userid, customer_id, task_id …), `facts` what the sentence needs beyond the customer's name.
    `not_before` holds it back, e.g. until a task is due. `late`: the change is old news, found by
    reconciliation, and never wakes anybody.
    """

    id: str
    kind: Kind
    userid: str
    at: datetime
    subject: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str | int] = field(default_factory=dict)
    not_before: datetime | None = None
    late: bool = False

    @property
    def effective_at(self) -> datetime:
        """When it may first be sent."""
        return max(self.at, self.not_before or self.at)


def notice(
    kind: Kind,
    userid: str,
    at: datetime,
    source: str,
    *,
    subject: Mapping[str, str] | None = None,
    facts: Mapping[str, str | int] | None = None,
    not_before: datetime | None = None,
    late: bool = False,
) -> Notice:
    """Return the notice that follows from `source`, the natural key of a change (an event id, a task id).

    `at` is the change's own time. The same arguments give the same id, so emitting it again is safe.
    """
    effective = max(at, not_before or at).astimezone(UTC)
    key = sha256("\n".join((kind, userid.lower(), source)).encode()).hexdigest()[:16]
    return Notice(
        id=f"{effective:%Y%m%dT%H%M%SZ}-{key}",
        kind=kind,
        userid=userid,
        at=at.astimezone(UTC),
        subject=dict(subject or {}),
        facts=dict(facts or {}),
        not_before=not_before.astimezone(UTC) if not_before else None,
        late=late,
    )


def notice_message(one: Notice) -> dict[str, Any]:
    """Return the notice as Notifications.fifo carries it: group `group_of(userid)`, deduplicated by `id`."""
    return {"kind": "notice", "notice": to_plain(one)}


def flush_message(userid: str) -> dict[str, Any]:
    """Return the message that asks for a member's waiting notices to be sent."""
    return {"kind": "flush", "userid": userid}


def group_of(userid: str) -> str:
    """Return the FIFO group of a member: WeCom looks userids up case-insensitively."""
    return userid.lower()


def to_plain(one: Notice) -> dict[str, Any]:
    """Return a notice as JSON-ready data."""
    plain: dict[str, Any] = {
        "id": one.id,
        "kind": one.kind,
        "userid": one.userid,
        "at": one.at.isoformat(),
        "subject": dict(one.subject),
        "facts": dict(one.facts),
    }
    if one.not_before:
        plain["not_before"] = one.not_before.isoformat()
    if one.late:
        plain["late"] = True
    return plain


def from_plain(plain: Mapping[str, Any]) -> Notice:
    """Return the notice of JSON data; raises KeyError or ValueError when it is none."""
    if plain["kind"] not in KINDS:
        raise ValueError("unknown kind of notice")
    not_before = plain.get("not_before")
    return Notice(
        id=plain["id"],
        kind=plain["kind"],
        userid=plain["userid"],
        at=datetime.fromisoformat(plain["at"]),
        subject=plain.get("subject") or {},
        facts=plain.get("facts") or {},
        not_before=datetime.fromisoformat(not_before) if not_before else None,
        late=bool(plain.get("late")),
    )
