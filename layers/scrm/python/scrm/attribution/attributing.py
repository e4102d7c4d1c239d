"""Entering an order's sales whenever it changes, each once, from what is stored now (docs/decisions/0022)."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import get_args

from scrm.attribution import dynamodb as stored
from scrm.attribution.booking import Booking, bookings, with_told
from scrm.attribution.deciding import decide, last_share
from scrm.attribution.dynamodb import Attribution, Booked, SalesRow
from scrm.attribution.gathering import AskLeads, customers, evidence_of, no_leads, shares_of, terms_of
from scrm.attribution.model import Basis, Decision
from scrm.audit.dynamodb import Step
from scrm.customers.model import VersionConflict
from scrm.library.model import Kind, Uses
from scrm.orders import dynamodb as orders
from scrm.orders.model import Order
from scrm.privacy.person import PSEUDONYM
from scrm.sends.uses_dynamodb import used_on_step
from scrm.settings.dynamodb import load as load_settings

ATTEMPTS = 10
MOST_AT_ONCE = 20
"""Bookings of one transaction: entries of two members, and of as many taken back, fit into its 100."""


def attribute(source: str, order_no: str, now: datetime, ask_leads: AskLeads = no_leads) -> None:
    """Make an order's entries what its payments and refunds say. Safe to repeat, in any order.

    The decision is made once anything is paid, and stands: for another customer, time of the first payment or
    share id it is made anew. Raises VersionConflict when others kept entering the same order.
    """
    _until_done(source, order_no, now, lambda order, known: _decided(order, known, now, ask_leads))


def reconsider(customer_id: str, at: datetime, now: datetime) -> None:
    """Let a send or open at `at` that came to be known late speak for the orders it came before.

    Nothing else of their decisions changes. Safe to repeat. A query for each of the customer's ids, by bytes.
    Raises VersionConflict when others kept entering the same order.
    """
    parts = customers.whole(customer_id, consistent=True)
    ids = [each.customer_id for each in parts] or [customer_id]
    # Strongly: an order that did not see this share was saved before it.
    found = [sale for each in ids for sale in orders.named_sales(each, consistent=True)]
    for source, order_no, sale in found:
        if sale.paid_at and at <= sale.paid_at:
            _until_done(source, order_no, now, lambda order, known: _with_late_share(order, known, ids))


Deciding = Callable[[Order, Attribution], tuple[Attribution, bool]]
"""Returns the attribution with its decision, and whether that stands; else everything is taken back first."""


def _until_done(source: str, order_no: str, now: datetime, deciding: Deciding) -> None:
    lost = 0
    while lost < ATTEMPTS:
        order, known = orders.order(source, order_no), stored.attribution(source, order_no)
        try:
            if not _stepped(order, known, now, deciding):
                return
        except VersionConflict:
            lost += 1
    raise VersionConflict


def _stepped(order: Order, known: Attribution, now: datetime, deciding: Deciding) -> bool:
    """Decide where needed, and enter what is missing of one day; return whether there was anything to do."""
    heard = replace(known, told=with_told(known.told, order, now))
    after, stands = deciding(order, heard)
    wanted = bookings(order, after.decision, after.told) if stands and after.decision else []
    batch = _of_one_day(list(_changes(after, wanted)))
    if not batch and after == known:
        return False
    _enter(after, batch, now)
    return True


def _decided(
    order: Order, known: Attribution, now: datetime, ask_leads: AskLeads
) -> tuple[Attribution, bool]:
    paid_at = order.sale().paid_at
    if paid_at is None or not order.customer_id:
        return known, False
    basis = _basis(order, paid_at, known)
    if known.decision and basis == known.basis:
        return known, True
    terms = terms_of(load_settings())
    decision = decide(evidence_of(order, paid_at, terms, ask_leads), paid_at, terms)
    if known.booked and not _same(decision, known.decision):
        return known, False
    return replace(known, basis=basis, decision=decision, decided_at=now), True


def _with_late_share(
    order: Order, known: Attribution, customer_ids: Sequence[str]
) -> tuple[Attribution, bool]:
    paid_at, decision = order.sale().paid_at, known.decision
    if paid_at is None or decision is None or known.basis is None:
        return known, paid_at is not None
    terms = decision.terms
    share = last_share(shares_of(order, customer_ids, paid_at, terms), paid_at, terms)
    if share is None or share == decision.share:
        return known, True
    if known.booked:
        return known, False
    by = replace(decision, rule="share", members=((share.userid, 1),), share=share, lead=None, friend=None)
    return replace(known, decision=by), True


def _basis(order: Order, paid_at: datetime, known: Attribution) -> Basis:
    """Return for what the decision is made; whoever was erased stays with the decision there was."""
    customer_id = order.customer_id or ""
    if customer_id.startswith(PSEUDONYM) and known.basis:
        return known.basis
    return Basis(customer_id, paid_at.replace(microsecond=0), order.placed.share_id if order.placed else "")


def _same(one: Decision, other: Decision | None) -> bool:
    """Return whether two decisions come to the same entries and the same item."""
    if other is None:
        return False
    return (one.rule, one.members, one.channels, one.share) == (
        other.rule,
        other.members,
        other.channels,
        other.share,
    )


@dataclass(frozen=True)
class _Change:
    """What is to be done about one event on one date: entries to take back, a booking to enter."""

    event: str
    date: str
    gone: Booked | None = None
    booking: Booking | None = None


def _changes(after: Attribution, wanted: Sequence[Booking]) -> Iterator[_Change]:
    """Yield what differs between what is entered and what is wanted; a booking that moves goes first."""
    by_event = {each.event: each for each in wanted}
    for event, booked in after.booked.items():
        booking = by_event.get(event)
        if booking is None or stored.date_of(booking) != booked.date:
            yield _Change(event, booked.date, booked)
        elif booking.stamp != booked.stamp:
            yield _Change(event, booked.date, booked, booking)
    for booking in wanted:
        if booking.event not in after.booked:
            yield _Change(booking.event, stored.date_of(booking), None, booking)


def _of_one_day(changes: Sequence[_Change]) -> list[_Change]:
    """Return the first changes that are of one date: sums of an item and a day are one row each."""
    return [each for each in changes if each.date == changes[0].date][:MOST_AT_ONCE]


def _enter(after: Attribution, batch: Sequence[_Change], now: datetime) -> None:
    before, rows = after, list[SalesRow]()
    for change in batch:
        if change.gone:
            taken = stored.reversed_rows(after, stored.entered(after, change.gone))
            after, rows = _with(after, taken), [*rows, *taken]
            after = replace(after, booked={k: v for k, v in after.booked.items() if k != change.event})
        if change.booking:
            new = stored.rows_of(after, change.booking)
            entry = Booked(change.date, after.entries, len(new), change.booking.stamp)
            after, rows = _with(after, new), [*rows, *new]
            after = replace(after, booked={**after.booked, change.event: entry})
    stored.save(after, rows, _sold(before, after, batch, rows), now)


def _with(after: Attribution, rows: Sequence[SalesRow]) -> Attribution:
    members = dict(after.members)
    for row in rows:
        members[row.userid or ""] = members.get(row.userid or "", 0) + int(row.fen)
    kept = {name: fen for name, fen in members.items() if fen}
    return replace(after, entries=after.entries + len(rows), members=kept)


def _sold(
    before: Attribution, after: Attribution, batch: Sequence[_Change], rows: Sequence[SalesRow]
) -> list[Step]:
    """Return the step that counts what was sold through the item that decided, nothing by another rule.

    An order counts on the first day that anything of it is entered for. So what is taken back takes it off
    where it was counted, whichever day goes last.
    """
    share = after.decision.share if after.decision else None
    if share is None or not batch or share.kind not in get_args(Kind):
        return []
    kind: Kind = share.kind  # type: ignore[assignment]  # one of them, as was just asked
    orders = Counter(_counted_on(after))
    orders.subtract(_counted_on(before))
    fen = Counter({batch[0].date: sum(int(row.fen) for row in rows)})
    sold = {
        date.fromisoformat(day): Uses(orders=orders[day], fen=fen[day])
        for day in sorted({*orders, *fen})
        if orders[day] or fen[day]
    }
    return [used_on_step(kind, share.item_id, share.userid, sold)]


def _counted_on(known: Attribution) -> list[str]:
    """Return the day on which the order counts, none while nothing is entered."""
    return [min(each.date for each in known.booked.values())] if known.booked else []
