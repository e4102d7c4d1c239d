"""/admin/customers/{id}/segments: which segments a customer is in."""

from datetime import datetime

from scrm.admin.rights import SEE_SEGMENTS
from scrm.cards import dynamodb as cards
from scrm.customers.dynamodb import Customers
from scrm.customers.model import Customer
from scrm.http import problems
from scrm.http.routing import Api, Request
from scrm.http.scope import colleagues
from scrm.segments import dynamodb as stored
from scrm.segments.members_dynamodb import state
from scrm.segments.models import CustomerSegmentOut, CustomerSegmentsOut
from scrm.segments.showing import seen
from scrm.sidebar.access import refusal
from scrm.staff.dynamodb import directory

customers = Customers()


def declare(api: Api) -> None:
    """Add the route."""
    api.route(
        "GET",
        "/admin/customers/{customer}/segments",
        roles=SEE_SEGMENTS,
        scope="customers within the data scope",
        answers=CustomerSegmentsOut,
    )(show)


def show(request: Request) -> CustomerSegmentsOut:
    """Which segments a customer is in, and since when; the timeline tells of those they left."""
    scope = colleagues(request.staff, directory(request.now))
    root = _root(request.params["customer"])
    if scope is not None and not (root and seen(cards.of_customer(root.customer_id), scope)):
        raise refusal()
    if root is None:
        raise problems.not_found("没有这位客户")
    known = stored.segments()
    entered = state(root.customer_id).entered
    items = [
        CustomerSegmentOut(
            segment_id=segment_id,
            name=known[segment_id].name,
            kind=known[segment_id].kind,
            entered_at=datetime.fromisoformat(at),
        )
        for segment_id, at in entered.items()
        if segment_id in known
    ]
    return CustomerSegmentsOut(customer_id=root.customer_id, items=items)


def _root(named: str) -> Customer | None:
    """Return the customer of an id of ours, or of WeCom's."""
    contact = None if named.startswith("cu_") else customers.contact(named)
    return customers.root(contact.customer_id if contact else named)
