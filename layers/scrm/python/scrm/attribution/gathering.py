"""Reading what speaks for whom in the sale of an order (spec 4.6)."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from scrm.attribution.model import CameBy, Evidence, Friend, FromLeads, Shared, Terms
from scrm.attribution.shares_dynamodb import ordered, shares
from scrm.customers.dynamodb import Customers
from scrm.customers.model import Customer, Relation
from scrm.customers.whole import united
from scrm.facts import dynamodb as facts
from scrm.facts.model import Talk, combined
from scrm.orders.model import Order
from scrm.settings.model import Settings
from scrm.staff.model import key

MOST_CONTACTS = 20

AskLeads = Callable[[Sequence[str], datetime], FromLeads]
"""Says what the leads of a customer say, all of whose ids are given, at a time."""

customers = Customers()


def no_leads(_: Sequence[str], __: datetime) -> FromLeads:
    """Return that there are no leads."""
    return FromLeads()


def terms_of(settings: Settings) -> Terms:
    """Return the corp's terms of attribution."""
    return Terms(
        window_days=settings.attribution_window_days,
        friend_days=settings.attribution_friend_days,
        old_percent=settings.attribution_old_owner_percent,
        channel_mode=settings.attribution_channel,
    )


def evidence_of(order: Order, paid_at: datetime, terms: Terms, ask_leads: AskLeads) -> Evidence:
    """Return what speaks for whom in an order that was paid at `paid_at`, all of its customer's ids asked.

    A query for each id and contact, by bytes; the order's own share id costs one get.
    """
    parts = customers.whole(order.customer_id or "", consistent=True)
    customer = united(parts) if parts else Customer(order.customer_id or "")
    ids = [each.customer_id for each in parts] or [customer.customer_id]
    relations = [
        relation
        for each in customer.external_userids[:MOST_CONTACTS]
        for relation in customers.collection(each, consistent=True)[1]
    ]
    talks = combined(facts.load(each, consistent=True) for each in ids).talks
    leads = ask_leads(ids, paid_at)
    return Evidence(
        shares=tuple(shares_of(order, ids, paid_at, terms)),
        lead=leads.owner,
        friends=tuple(_friends(relations, talks, paid_at)),
        channels=(*_channels(relations), *leads.channels),
    )


def shares_of(order: Order, customer_ids: Sequence[str], paid_at: datetime, terms: Terms) -> Iterator[Shared]:
    """Yield what was sent to the customer or opened by them in the window, and the order's own share.

    The order's share id counts as a click at the order's time.
    """
    since = paid_at - timedelta(days=terms.window_days)
    for each in customer_ids:
        yield from shares(each, since, paid_at)
    placed = order.placed
    if placed and placed.share_id and (own := ordered(placed.share_id, min(placed.at, paid_at))):
        yield own


def _friends(relations: Sequence[Relation], talks: Sequence[Talk], paid_at: datetime) -> Iterator[Friend]:
    """Yield the friends at the payment, with the latest contact known until then: a message, or the add."""
    talked = {key(each.userid): each for each in talks}
    for relation in relations:
        for period in relation.periods:
            if period.start <= paid_at and (period.end is None or period.end > paid_at):
                talk = talked.get(key(relation.userid), Talk(relation.userid))
                contacts = (period.start, talk.customer_at, talk.staff_at)
                known = [each for each in contacts if each is not None and each <= paid_at]
                yield Friend(relation.userid, max(known))


def _channels(relations: Sequence[Relation]) -> Iterator[CameBy]:
    for relation in relations:
        for period in relation.periods:
            if period.channel_id:
                yield CameBy(period.channel_id, period.start)
