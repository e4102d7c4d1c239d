"""The blocks of a customer's profile, the same in the chat sidebar and in the console."""

from typing import Any, Literal

from scrm.cards.model import BrandGroup, Lifecycle, Loyalty
from scrm.http.fields import Moment, Out


class FieldOut(Out):
    """One custom field with the customer's value; numbers are masked."""

    key: str
    title: str
    type: str
    value: Any
    mastered_by_crm: bool


class GroupOut(Out):
    """One group of custom fields, e.g. interest, social, enterprise_interaction (CUS-13)."""

    group: str
    title: str
    fields: list[FieldOut]


class KnownAsOut(Out):
    """A value that says who the customer is; numbers are masked."""

    kind: str
    value: str


class WhoOut(Out):
    """Who the customer is (CUS-05). Not identified: nothing but WeCom's own ids says so."""

    identified: bool
    name: str
    crmid: str | None
    identities: list[KnownAsOut]
    fields: list[FieldOut]


class StageBlock(Out):
    """How far the customer has come (CUS-06); `stage` is empty before the first."""

    stage: str
    stage_name: str
    definition: str
    stage_at: Moment | None


class RfmOut(Out):
    """The RFM scores 1..5 over 365 days, and what their highs and lows are called (spec 6)."""

    recency: int
    frequency: int
    money: int
    group: str


class StandingOut(Out):
    """Where the customer stands now (CUS-20, spec 6). `rfm` is null without an order within 365 days."""

    lifecycle: Lifecycle | None
    loyalty: Loyalty
    brand_group: BrandGroup
    interaction_index: float
    rfm: RfmOut | None
    is_member: bool
    official_account: bool | None
    opted_out: bool


class ScoreOut(Out):
    """What a model, a rule or a person says of the customer, with the reason (CUS-09, CUS-11)."""

    name: str
    value: float | str
    model: str
    reason: str
    at: Moment
    expires_at: Moment | None


class SessionsOut(Out):
    """Chats with the customer; null where no feed tells of them (CUS-10, D5)."""

    count: int | None
    seconds: int | None
    last_at: Moment | None


class TalkOut(Out):
    """How far the caller's own talk with the customer is; null where no feed tells of it (D5)."""

    last_contact_at: Moment | None
    customer_message_at: Moment | None
    staff_message_at: Moment | None
    unreplied: bool | None
    followed_at: Moment | None


class ProductOut(Out):
    """A product that was bought, refunds taken off; money in fen."""

    product_code: str
    title: str
    quantity: int
    amount_fen: int
    last_at: Moment | None


class PurchasesOut(Out):
    """What the customer bought (CUS-08), latest product first; money in fen."""

    order_count: int
    amount_fen: int
    first_order_at: Moment | None
    last_order_at: Moment | None
    products: list[ProductOut]


class SegmentOut(Out):
    """A segment the customer is in."""

    segment_id: str
    name: str
    since: Moment | None


class ProfileOut(Out):
    """Everything known of a customer, whoever follows them."""

    identity: WhoOut
    location: list[FieldOut]
    family: list[FieldOut]
    groups: list[GroupOut]
    stage: StageBlock
    standing: StandingOut
    scores: list[ScoreOut]
    sessions: SessionsOut
    talk: TalkOut
    purchases: PurchasesOut
    interests: list[str]
    segments: list[SegmentOut]


class LineOut(Out):
    """One line of an order; `amount_fen` is for all of `quantity`, `item_id` the product in the library."""

    product_code: str
    item_id: str | None = None
    title: str
    quantity: int
    amount_fen: int


class SellerOut(Out):
    """What a member has of an order, refunds taken off; fen. An empty userid: it is nobody's."""

    userid: str
    name: str
    fen: int


class AttributedOut(Out):
    """Whose sale an order is, and by which rule (spec 4.6); by a share also which send decided."""

    rule: Literal["share", "lead", "friend", "none"]
    members: list[SellerOut]
    share_id: str | None
    kind: str | None
    item_id: str | None


class OrderOut(Out):
    """An order and what it comes to; money in fen. `paid_at` is null while nothing was paid.

    `attribution` follows a second or two after the payment.
    """

    source: str
    order_no: str
    paid_at: Moment | None
    paid_fen: int
    refunded_fen: int
    net_fen: int
    lines: list[LineOut]
    attribution: AttributedOut | None = None
