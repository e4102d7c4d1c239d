"""The facts that a customer's orders come to, counted anew from all of them, so that they never drift. Pure.

An order counts on the Beijing day it was first paid for, net of all its refunds. One that was wholly refunded
counts for nothing but having been a purchase: the act happened.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from scrm.facts.model import Bought, Interaction, Orders, with_act
from scrm.facts.tally import PURCHASE
from scrm.orders.model import Sale
from scrm.settings.model import BEIJING

WINDOW = timedelta(days=366)
MOST_PRODUCTS = 100


def counted(sales: Iterable[Sale], now: datetime) -> tuple[Orders, Interaction]:
    """Return what orders come to at `now`, and the part of the interaction index their purchases carry."""
    paid = sorted(
        ((each.paid_at, each) for each in sales if each.paid_at is not None),
        key=lambda pair: (pair[0], pair[1].net_fen, pair[1].paid_fen),
    )
    kept = [(at, each) for at, each in paid if not each.wholly_refunded]
    bought = _bought(kept)
    orders = Orders(
        count=len(kept),
        amount_fen=sum(each.net_fen for _, each in kept),
        first_at=kept[0][0] if kept else None,
        last_at=kept[-1][0] if kept else None,
        window=_window(kept, now),
        products=tuple(each.product_code for each in bought),
        bought=bought,
        paid=bool(paid),
    )
    purchases = Interaction()
    for at, _ in paid:
        purchases = with_act(purchases, PURCHASE, at)
    inbound_at = paid[-1][0] if paid else None
    return orders, Interaction(purchases.index, purchases.at, inbound_at)


def _window(kept: list[tuple[datetime, Sale]], now: datetime) -> tuple[tuple[str, int, int], ...]:
    oldest = (now.astimezone(BEIJING) - WINDOW).date()
    days: dict[str, tuple[int, int]] = {}
    for at, sale in kept:
        date = at.astimezone(BEIJING).date()
        if date > oldest:
            count, net = days.get(date.isoformat(), (0, 0))
            days[date.isoformat()] = count + 1, net + sale.net_fen
    return tuple((date, *days[date]) for date in sorted(days))


def _bought(kept: list[tuple[datetime, Sale]]) -> tuple[Bought, ...]:
    """Return what was bought of each product that was not wholly refunded, latest first."""
    found: dict[str, Bought] = {}
    for at, sale in kept:
        for line in sale.lines:
            if not line.product_code:
                continue
            known = found.pop(line.product_code, Bought(line.product_code))
            found[line.product_code] = Bought(
                line.product_code,
                line.title or known.title,
                known.quantity + line.quantity,
                known.amount_fen + line.amount_fen,
                at,
            )
    return tuple(reversed(found.values()))[:MOST_PRODUCTS]
