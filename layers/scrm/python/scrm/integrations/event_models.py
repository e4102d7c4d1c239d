"""What the route of events takes and answers: one model for each kind of event."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field, SkipValidation

from scrm.http.fields import In, Out
from scrm.integrations.models import AboutIn, Amount, Count, Line, RowError, Userid, Value


class EventIn(AboutIn):
    """What every event says: its id at its source, when it happened, with whom.

    The same source_id and time are the same event, however often it is sent.
    """

    source_id: Value
    at: AwareDatetime
    userid: Userid | None = None


class VisitIn(EventIn):
    """A page was visited 访问."""

    kind: Literal["visit"]
    page: Line
    title: Line = ""
    seconds: Count = 0


class ClickIn(EventIn):
    """A link or button was used 点击."""

    kind: Literal["click"]
    target: Line
    title: Line = ""


class ScanIn(EventIn):
    """A code was scanned 扫码."""

    kind: Literal["scan"]
    code: Line
    title: Line = ""


class ShareIn(EventIn):
    """Something was shared 分享."""

    kind: Literal["share"]
    target: Line
    title: Line = ""


class OrderIn(EventIn):
    """An order was placed or paid 订单."""

    kind: Literal["order"]
    order_no: Value
    amount_fen: Amount
    title: Line = ""


class FollowUpIn(EventIn):
    """A member followed up elsewhere 跟进, e.g. by phone."""

    kind: Literal["follow_up"]
    note: Annotated[str, Field(max_length=500)] = ""
    channel: Line = ""


class MessageIn(EventIn):
    """A message of a chat 会话消息; its text stays where it is."""

    kind: Literal["message"]
    direction: Literal["inbound", "outbound"]


class ConversationIn(EventIn):
    """A chat from its first to its last message 会话."""

    kind: Literal["conversation"]
    messages: Count
    seconds: Count


class LinkOpenIn(EventIn):
    """A link that was sent to the customer was opened."""

    kind: Literal["link_open"]
    target: Line
    title: Line = ""


class MenuIn(EventIn):
    """An entry of a menu was chosen, e.g. of the official account 公众号菜单."""

    kind: Literal["menu"]
    item: Line


class CommentIn(EventIn):
    """Something was commented on 评论; the text stays where it is."""

    kind: Literal["comment"]
    target: Line
    title: Line = ""


class CheckInIn(EventIn):
    """The customer checked in 签到打卡."""

    kind: Literal["check_in"]
    place: Line = ""


class ReferralIn(EventIn):
    """The customer brought somebody 转介绍."""

    kind: Literal["referral"]
    campaign: Line = ""


class FeedbackIn(EventIn):
    """The customer took part in making a product better 共创反馈."""

    kind: Literal["feedback"]
    topic: Line = ""


class KeywordIn(EventIn):
    """A chat spoke of something 会话语义, e.g. of the price; its text stays where it is."""

    kind: Literal["keyword"]
    word_class: Annotated[str, Field(min_length=1, max_length=50)]


AnyEvent = Annotated[
    VisitIn
    | ClickIn
    | ScanIn
    | ShareIn
    | OrderIn
    | FollowUpIn
    | MessageIn
    | ConversationIn
    | LinkOpenIn
    | MenuIn
    | CommentIn
    | CheckInIn
    | ReferralIn
    | FeedbackIn
    | KeywordIn,
    Field(discriminator="kind"),
]


class EventsIn(In):
    """Up to 100 events. Each is judged by itself: a wrong one does not stop the others."""

    events: Annotated[list[SkipValidation[AnyEvent]], Field(min_length=1, max_length=100)]


class RowOut(Out):
    """What became of one event. `busy`: others were writing, send it again."""

    source_id: str
    status: Literal["recorded", "invalid", "unknown_customer", "busy"]
    errors: list[RowError] = Field(default_factory=list)


class EventsOut(Out):
    """What became of each event, in the order they were sent."""

    recorded: int
    results: list[RowOut]


COMMON_FIELDS = frozenset(EventIn.model_fields) | {"kind"}


def facts_of(event: EventIn) -> dict[str, Any]:
    """Return what an event says of its own kind, without what it leaves empty."""
    own = event.model_dump(exclude=set(COMMON_FIELDS))
    return {name: value for name, value in own.items() if value not in ("", 0, None)}
