"""One entry of a customer's behaviour trace 行为轨迹 (CUS-07)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, get_args

EntryKind = Literal[
    "customer_added",
    "deleted_by_customer",
    "deleted_by_staff",
    "transferred",
    "tagged",
    "remark_changed",
    "stage_changed",
    "segment_entered",
    "segment_left",
    "visit",
    "click",
    "scan",
    "share",
    "order",
    "follow_up",
    "message",
    "conversation",
    "sent",
    "link_open",
    "menu",
    "comment",
    "check_in",
    "referral",
    "feedback",
    "keyword",
    "touch",
    "touch_result",
    "form",
    "lead",
    "sop",
]
KINDS: tuple[EntryKind, ...] = get_args(EntryKind)


@dataclass(frozen=True)
class Entry:
    """Something that happened with a customer at `at`.

    `entry_id` names it among everything of that second: the same happening has the same id, so that
    recording it again changes nothing. `userid` is the member concerned, `facts` the kind's own values.
    """

    entry_id: str
    kind: EntryKind
    at: datetime
    userid: str | None = None
    external_userid: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
