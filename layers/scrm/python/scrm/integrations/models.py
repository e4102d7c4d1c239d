"""What the routes under /integrations take and answer."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field, SkipValidation, model_validator

from scrm.http.fields import In, Moment, Out
from scrm.identities.normalise import IdentityKind

Id = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,64}$")]
Userid = Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z_.@-]{0,63}$")]
Value = Annotated[str, Field(min_length=1, max_length=128)]
Amount = Annotated[int, Field(ge=0, le=10**13)]
Count = Annotated[int, Field(ge=0, le=10**9)]
Line = Annotated[str, Field(max_length=200)]


class SerialIn(In):
    """A code for one CRM record. Without members there is a state but no QR code."""

    crmid: Value
    userids: Annotated[list[Userid], Field(max_length=100)] = Field(default_factory=list)


class SerialOut(Out):
    """A serial code 串码. `state` comes back with the add; `qr_code` is empty until it is made."""

    state: str
    crmid: str
    userids: list[str]
    status: Literal["creating", "active", "state_only", "failed"]
    qr_code: str
    failure: str
    created_at: Moment


class IdentitiesIn(In):
    """Values that belong to one person; at least two, or one and a customer."""

    external_userid: Id | None = None
    customer_id: Id | None = None
    phone: Value | None = None
    email: Value | None = None
    unionid: Value | None = None
    crmid: Value | None = None
    plate: Value | None = None
    student_no: Value | None = None
    card_no: Value | None = None
    id_card: Value | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "IdentitiesIn":
        if not any(getattr(self, kind) for kind in IDENTITY_FIELDS):
            raise ValueError("至少给出一个身份标识")
        if len(self.model_fields_set) < 2:
            raise ValueError("至少给出两项才能绑定")
        return self


IDENTITY_FIELDS: tuple[IdentityKind, ...] = (
    "phone",
    "email",
    "unionid",
    "crmid",
    "plate",
    "student_no",
    "card_no",
    "id_card",
)


class IdentitiesOut(Out):
    """Whose the values are now. `created`: nobody was known by any of them before."""

    customer_id: str
    kinds: list[IdentityKind]
    created: bool


class AboutIn(In):
    """Whom a row speaks of: by exactly one of these."""

    external_userid: Id | None = None
    customer_id: Id | None = None
    crmid: Value | None = None
    unionid: Value | None = None
    phone: Value | None = None
    email: Value | None = None
    plate: Value | None = None
    student_no: Value | None = None
    card_no: Value | None = None
    id_card: Value | None = None

    @model_validator(mode="after")
    def _names_somebody(self) -> "AboutIn":
        if sum(getattr(self, name) is not None for name in ABOUT) != 1:
            raise ValueError(
                "external_userid、customer_id、crmid、unionid、phone 等身份标识必须且只能给出一个"
            )
        return self

    def about(self) -> tuple[str, str]:
        """Return by what it names somebody, and the value."""
        return next((name, value) for name in ABOUT if (value := getattr(self, name)) is not None)


ABOUT = ("external_userid", "customer_id", *IDENTITY_FIELDS)


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


class RowError(Out):
    """One thing wrong with one field of an event."""

    field: str
    message: str


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
