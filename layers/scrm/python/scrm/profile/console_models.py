"""What the console's routes of one customer answer."""

from typing import Literal

from scrm.channel_codes.model import ChannelKind
from scrm.customers.model import CustomerKind
from scrm.customers.relation import Status
from scrm.http.fields import Moment, Out
from scrm.profile.models import OrderOut, ProfileOut
from scrm.sidebar.models import CustomerBlock, TraceOut


class FollowerOut(Out):
    """A member's relation with one of the customer's contacts."""

    external_userid: str
    userid: str
    name: str
    status: Status
    added_at: Moment | None
    deleted_at: Moment | None
    channel_id: str | None
    transfer_pending: bool


class ContactOut(Out):
    """One contact of the customer, as WeCom knows it."""

    external_userid: str
    name: str
    avatar: str
    gender: int
    corp_name: str


class CustomerOut(ProfileOut):
    """A customer with everything known of them, their contacts and who follows them."""

    customer: CustomerBlock
    contacts: list[ContactOut]
    followers: list[FollowerOut]


class FirstOut(Out):
    """The first friendship with any member."""

    external_userid: str
    userid: str
    name: str
    added_at: Moment
    add_way: int | None
    add_way_name: str
    state: str | None


class ChannelOut(Out):
    """The channel code that the first friendship came through."""

    channel_id: str
    name: str
    kind: ChannelKind | None


class CampaignOut(Out):
    """What brought the customer; `told_by`: whether a touch, a dynamic code or the channel named it."""

    name: str
    told_by: Literal["touch", "code", "channel"]


class ReferrerOut(Out):
    """The member who brought the customer to the one who added them, e.g. by passing their card on."""

    userid: str
    name: str


class OriginOut(Out):
    """Who a buyer is, from where, and what they bought before and after they were added (CUS-15).

    Orders come latest first, the latest 50 of each; `first_touches` oldest first.
    """

    customer_id: str
    identified: bool
    name: str
    crmid: str | None
    kind: CustomerKind
    first: FirstOut | None
    channel: ChannelOut | None
    campaign: CampaignOut | None
    referrer: ReferrerOut | None
    first_touches: list[TraceOut]
    orders_before: list[OrderOut]
    orders_after: list[OrderOut]
