"""/admin/customers/{customer}: one customer, their orders, and where they came from (CUS-15)."""

from typing import Any

from scrm.channel_codes.dynamodb import channel
from scrm.http.caller import Role
from scrm.http.fields import Page, PageQuery
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.profile import orders
from scrm.profile.console_models import (
    CampaignOut,
    ChannelOut,
    ContactOut,
    CustomerOut,
    FirstOut,
    FollowerOut,
    OriginOut,
    ReferrerOut,
)
from scrm.profile.finding import profile_named
from scrm.profile.known import Profile
from scrm.profile.models import OrderOut
from scrm.profile.origin import added_first, campaign_of, channel_of, first_relation
from scrm.profile.views import blocks
from scrm.sidebar import masking, views
from scrm.staff import dynamodb as staff
from scrm.staff.model import key
from scrm.timeline.dynamodb import Timeline
from scrm.timeline.model import Entry

SEE: frozenset[Role] = frozenset(
    {"team_lead", "operations_admin", "pool_admin", "service", "marketing", "finance", "auditor"}
)
ONE = "/admin/customers/{customer}"
FIRST_TOUCHES = 20
MOST_ORDERS = 50

timeline = Timeline()


MADE = frozenset({"name", "transfer_pending"})
"""Of a follower what the relation itself does not say."""


def declare(api: Api) -> None:
    """Add the routes."""
    common: dict[str, Any] = {"roles": SEE, "scope": "customers within the data scope"}
    api.route("GET", ONE, answers=CustomerOut, **common)(show)
    api.route("GET", f"{ONE}/origin", answers=OriginOut, **common)(show_origin)
    api.route("GET", f"{ONE}/orders", query=PageQuery, answers=Page[OrderOut], **common)(list_orders)


def show(request: Request) -> CustomerOut:
    """One customer with everything known of them, by our id or by WeCom's."""
    profile = profile_named(request, request.params["customer"])
    role, now = request.staff.role, request.now
    names = staff.directory(now)
    return CustomerOut(
        customer=views.block(profile.customer, role, now),
        contacts=[ContactOut.model_validate(each) for each in profile.contacts],
        followers=[
            FollowerOut.model_validate(
                {name: getattr(each, name) for name in FollowerOut.model_fields if name not in MADE}
                | {"name": names.name_of(each.userid), "transfer_pending": bool(each.transfer_to)}
            )
            for each in profile.relations
        ],
        **blocks(profile, role, now),
    )


def list_orders(request: Request) -> Page[OrderOut]:
    """A customer's orders, latest first."""
    profile = profile_named(request, request.params["customer"])
    return orders.page(
        profile.customer, request.query.limit, request.query.cursor, staff.directory(request.now)
    )


def show_origin(request: Request) -> OriginOut:
    """Who a buyer is, by which channel and campaign they came, and what they bought before."""
    profile = profile_named(request, request.params["customer"])
    customer, first = profile.customer, first_relation(profile.relations)
    touches, came = _touches(profile), _channel(channel_of(first))
    carried = first.origin if first else None
    campaign = campaign_of(touches, added_first(first), came.name if came else "", carried)
    names = staff.directory(request.now)
    before, after = orders.divided(orders.orders_of(customer), added_first(first))
    return OriginOut(
        customer_id=customer.customer_id,
        identified=customer.identified,
        name=masking.text(_name(profile)),
        crmid=customer.crmid,
        kind=customer.kind,
        first=_first(profile, request),
        channel=came,
        campaign=CampaignOut.model_validate(campaign) if campaign else None,
        referrer=_referrer(profile, request),
        first_touches=[views.trace(each) for each in touches],
        orders_before=orders.attributed(before[:MOST_ORDERS], names),
        orders_after=orders.attributed(after[:MOST_ORDERS], names),
    )


def _name(profile: Profile) -> str:
    """Return what the corp's own record calls them, else what they call themselves in WeCom."""
    return profile.customer.name or next((each.name for each in profile.contacts if each.name), "")


def _touches(profile: Profile) -> list[Entry]:
    customer = profile.customer
    ids = [each.customer_id for each in customer.parts] or [customer.customer_id]
    found = [entry for each in ids for entry in timeline.first(each, FIRST_TOUCHES)]
    return sorted(found, key=lambda each: (each.at, each.entry_id))[:FIRST_TOUCHES]


def _channel(channel_id: str | None) -> ChannelOut | None:
    if not channel_id:
        return None
    known = channel(channel_id)
    return ChannelOut(
        channel_id=channel_id, name=known.name if known else "", kind=known.kind if known else None
    )


def _first(profile: Profile, request: Request) -> FirstOut | None:
    first = first_relation(profile.relations)
    added_at = added_first(first)
    if first is None or added_at is None:
        return None
    return FirstOut(
        external_userid=first.external_userid,
        userid=first.userid,
        name=staff.directory(request.now).name_of(first.userid),
        added_at=added_at,
        add_way=first.add_way,
        add_way_name=views.add_way(first),
        state=first.state,
    )


def _referrer(profile: Profile, request: Request) -> ReferrerOut | None:
    """Return who started the first friendship, when that was another member."""
    first = first_relation(profile.relations)
    if first is None or not first.oper_userid or key(first.oper_userid) == key(first.userid):
        return None
    if first.oper_userid == first.external_userid:
        return None
    directory = staff.directory(request.now)
    return ReferrerOut(userid=first.oper_userid, name=directory.name_of(first.oper_userid))
