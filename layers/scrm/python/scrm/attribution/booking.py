"""What an order's payments and refunds come to, by member, channel and product, to the fen (spec 4.6). Pure.

Everything is told anew from the order as it stands, so that no order of arrival makes a difference. Each
payment and each refund is one booking, dated at its own time. Refunds so far are always the refunded sum
apportioned by the booked shares: partial ones never drift, a full one leaves zero.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from operator import itemgetter

from scrm.apportioning import apportion, crossed
from scrm.attribution.model import NOBODY, Decision, Weights
from scrm.moments import rfc3339
from scrm.orders.model import Money, Order

Told = tuple[tuple[int, datetime], ...]
"""The refunds an order tells of itself, without a time of their own: refunded so far, and when we heard."""


@dataclass(frozen=True)
class Entry:
    """What one member has of a booking, below zero of a refund; channels and products each sum to `fen`."""

    userid: str
    fen: int
    channels: Weights
    products: Weights


@dataclass(frozen=True)
class Booking:
    """One payment or refund. `event` names it within its order."""

    event: str
    at: datetime
    entries: tuple[Entry, ...]

    @property
    def fen(self) -> int:
        """Return what it comes to."""
        return sum(each.fen for each in self.entries)

    @property
    def stamp(self) -> str:
        """Return what is the same only for the same booking."""
        plain = [[each.userid, each.fen, each.channels, each.products] for each in self.entries]
        return sha256(json.dumps([rfc3339(self.at), plain]).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class _Sums:
    """So far: what each member has, in all, by channel and by product."""

    members: list[int]
    channels: list[int]
    products: list[int]

    def tables(self) -> tuple[list[list[int]], list[list[int]]]:
        """Return the members' parts of the channels and of the products."""
        return crossed(self.members, self.channels), crossed(self.members, self.products)


@dataclass(frozen=True)
class _Weights:
    """By what an order is divided."""

    members: Weights
    channels: Weights
    products: Weights

    def sums(self, fen: int) -> _Sums:
        """Return a paid sum as it is divided."""
        by = [[weight for _, weight in each] for each in (self.members, self.channels, self.products)]
        return _Sums(*(apportion(fen, each) for each in by))


def with_told(told: Told, order: Order, now: datetime) -> Told:
    """Return when we heard of what the order says is refunded, where no refund is told by itself."""
    placed = order.placed
    if placed is None or order.refunds:
        return ()
    kept = tuple(each for each in told if each[0] < placed.refunded_fen)
    if len(kept) < len(told) and told[len(kept)][0] == placed.refunded_fen:
        return (*kept, told[len(kept)])
    return (*kept, (placed.refunded_fen, now)) if placed.refunded_fen else kept


def bookings(order: Order, decision: Decision, told: Told = ()) -> list[Booking]:
    """Return what the order comes to: each payment, then each refund, by time. Nothing paid: nothing."""
    if order.sale().paid_at is None:
        return []
    weights = _Weights(decision.members, decision.channels, _products(order))
    paid = list(_paid(order))
    booked = weights.sums(sum(fen for _, _, fen in paid))
    found = [*_sales(paid, weights), *_refunds(_refunded(order, told), weights, booked)]
    return [each for each in found if each.entries]


def _products(order: Order) -> Weights:
    amounts: dict[str, int] = {}
    for line in order.placed.lines if order.placed else ():
        amounts[line.product_code] = amounts.get(line.product_code, 0) + line.amount_fen
    return tuple(amounts.items()) if any(amounts.values()) else ((NOBODY, 1),)


def _paid(order: Order) -> Iterator[tuple[str, datetime, int]]:
    placed = order.placed
    if order.payments:
        for name, each in _standing(order.payments.items()):
            yield f"payment#{name}", each.at, each.amount_fen
    elif placed and placed.paid_at:
        yield "paid", placed.paid_at, placed.paid_fen


def _refunded(order: Order, told: Told) -> Iterator[tuple[str, datetime, int, str]]:
    if order.refunds:
        for name, each in _standing(order.refunds.items()):
            yield f"refund#{name}", each.at, each.amount_fen, each.product_code
        return
    before = 0
    for so_far, at in told:
        yield f"refunded#{so_far}", at, so_far - before, ""
        before = so_far


def _standing(parts: Iterable[tuple[str, Money]]) -> list[tuple[str, Money]]:
    return sorted((each for each in parts if not each[1].void), key=lambda each: (each[1].at, each[0]))


def _sales(paid: Iterable[tuple[str, datetime, int]], weights: _Weights) -> Iterator[Booking]:
    so_far, before = 0, weights.sums(0)
    for event, at, fen in paid:
        so_far += fen
        after = weights.sums(so_far)
        yield Booking(event, at, _entries(before, after, weights, 1))
        before = after


def _refunds(
    refunded: Iterable[tuple[str, datetime, int, str]], weights: _Weights, booked: _Sums
) -> Iterator[Booking]:
    so_far, named, most = 0, dict[str, int](), sum(booked.members)
    before = weights.sums(0)
    for event, at, fen, code in refunded:
        so_far += fen
        named[code] = named.get(code, 0) + fen
        whole = min(so_far, most)
        after = _Sums(
            apportion(whole, booked.members),
            apportion(whole, booked.channels),
            _products_refunded(whole, named, [name for name, _ in weights.products], booked.products),
        )
        yield Booking(event, at, _entries(before, after, weights, -1))
        before = after


def _products_refunded(
    whole: int, named: dict[str, int], codes: Sequence[str], booked: Sequence[int]
) -> list[int]:
    """Return what is refunded of each product: first what refunds name, the rest by what is left of each."""
    own = [min(named.get(code, 0), there) if code else 0 for code, there in zip(codes, booked, strict=True)]
    left = [there - taken for there, taken in zip(booked, own, strict=True)]
    return [mine + more for mine, more in zip(own, apportion(whole - sum(own), left), strict=True)]


def _entries(before: _Sums, after: _Sums, weights: _Weights, sign: int) -> tuple[Entry, ...]:
    """Return what each member has of the step between two sums."""
    (channels_before, products_before), (channels, products) = before.tables(), after.tables()
    found = []
    for place, (userid, _) in enumerate(weights.members):
        entry = Entry(
            userid,
            sign * (after.members[place] - before.members[place]),
            _step(weights.channels, channels_before[place], channels[place], sign),
            _step(weights.products, products_before[place], products[place], sign),
        )
        if entry.fen or entry.channels or entry.products:
            found.append(entry)
    return tuple(found)


def _step(names: Weights, before: Sequence[int], after: Sequence[int], sign: int) -> Weights:
    steps = zip(map(itemgetter(0), names), before, after, strict=True)
    return tuple((name, sign * (now - then)) for name, then, now in steps if now != then)
