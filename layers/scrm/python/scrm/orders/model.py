"""An order is folded from its parts, whatever order they arrive in. Pure. Money in fen.

The order itself, each payment and each refund are parts with a version of their source: the newest version of
a part counts, older ones and repetitions change nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from scrm.apportioning import apportion

MOST_PARTS = 100
"""Payments, and refunds, of one order."""


class TooManyParts(Exception):
    """The order has as many payments or refunds as one may have."""


@dataclass(frozen=True)
class Line:
    """One line of an order; `amount_fen` is for all of `quantity`."""

    product_code: str
    title: str = ""
    quantity: int = 1
    amount_fen: int = 0


@dataclass(frozen=True)
class Placed:
    """The order as its source last told it, and whose it is.

    `paid_fen` and `refunded_fen` are the order's own word; payments and refunds that are told one by one go
    before it. A cancelled order counts for nothing. `unknown_products` are codes the library did not have.
    `share_id` is that of the send through which it was ordered; `unknown_share`: nobody sent it.
    """

    version: int
    customer_id: str
    amount_fen: int
    at: datetime
    lines: tuple[Line, ...] = ()
    paid_at: datetime | None = None
    paid_fen: int = 0
    refunded_fen: int = 0
    cancelled: bool = False
    unknown_products: tuple[str, ...] = ()
    share_id: str = ""
    unknown_share: bool = False

    @property
    def flagged(self) -> bool:
        """Return whether it names something that nobody knows."""
        return bool(self.unknown_products) or self.unknown_share


@dataclass(frozen=True)
class Money:
    """A payment or a refund; a `void` one never happened. A refund may name the product it is for."""

    version: int
    amount_fen: int
    at: datetime
    product_code: str = ""
    void: bool = False


@dataclass(frozen=True)
class Sale:
    """What an order comes to for its customer; `paid_at` None: nothing was paid yet.

    `lines` are the order's own, refunds taken off, without those that were wholly refunded.
    """

    paid_at: datetime | None
    paid_fen: int
    refunded_fen: int
    lines: tuple[Line, ...] = ()

    @property
    def net_fen(self) -> int:
        """Return what was paid less what was paid back; never below nothing."""
        return max(0, self.paid_fen - self.refunded_fen)

    @property
    def wholly_refunded(self) -> bool:
        """Return whether all that was paid was paid back."""
        return self.refunded_fen > 0 and self.refunded_fen >= self.paid_fen


@dataclass(frozen=True)
class Order:
    """An order by (source, order_no), unique. Without `placed` only money was told of so far."""

    source: str
    order_no: str
    placed: Placed | None = None
    payments: Mapping[str, Money] = field(default_factory=dict)
    refunds: Mapping[str, Money] = field(default_factory=dict)
    version: int = 0
    created_at: datetime | None = None

    @property
    def customer_id(self) -> str | None:
        """Return whose order it is."""
        return self.placed.customer_id if self.placed else None

    def sale(self) -> Sale:
        """Return what the order comes to."""
        placed = self.placed
        if placed is None or placed.cancelled:
            return Sale(None, 0, 0)
        payments, refunds = _standing(self.payments), _standing(self.refunds)
        paid_fen = sum(each.amount_fen for each in payments) if self.payments else placed.paid_fen
        paid_at = min((each.at for each in payments), default=None) if self.payments else placed.paid_at
        refunded = sum(each.amount_fen for each in refunds) if self.refunds else placed.refunded_fen
        if paid_at is None:
            return Sale(None, paid_fen, refunded)
        named = {each.product_code for each in placed.lines}
        by_product = [each for each in refunds if each.product_code in named]
        lines = placed.lines
        for each in by_product:
            lines = _taken_off(lines, each.amount_fen, each.product_code)
        rest = refunded - sum(each.amount_fen for each in by_product)
        left = zip(placed.lines, _taken_off(lines, rest), strict=True)
        kept = tuple(now for before, now in left if now.amount_fen or not before.amount_fen)
        return Sale(paid_at, paid_fen, refunded, kept)


def with_placed(order: Order, placed: Placed) -> Order:
    """Return the order with its own part, or unchanged when one as new is known."""
    if order.placed and order.placed.version >= placed.version:
        return order
    return replace(order, placed=placed)


def with_payment(order: Order, payment_id: str, payment: Money) -> Order:
    """Return the order with a payment, or unchanged when one as new is known. Raises TooManyParts."""
    return replace(order, payments=_with(order.payments, payment_id, payment))


def with_refund(order: Order, refund_id: str, refund: Money) -> Order:
    """Return the order with a refund, or unchanged when one as new is known. Raises TooManyParts."""
    return replace(order, refunds=_with(order.refunds, refund_id, refund))


def _with(parts: Mapping[str, Money], part_id: str, part: Money) -> Mapping[str, Money]:
    known = parts.get(part_id)
    if known is not None and known.version >= part.version:
        return parts
    if known is None and len(parts) >= MOST_PARTS:
        raise TooManyParts
    return {**parts, part_id: part}


def _standing(parts: Mapping[str, Money]) -> list[Money]:
    return [each for each in parts.values() if not each.void]


def _taken_off(lines: tuple[Line, ...], refund: int, product_code: str | None = None) -> tuple[Line, ...]:
    """Return lines less a refund, divided by their amounts to the fen; none goes below nothing."""
    touched = [product_code in {None, each.product_code} for each in lines]
    amounts = [line.amount_fen if touch else 0 for line, touch in zip(lines, touched, strict=True)]
    shares = _shares(amounts, refund)
    return tuple(
        replace(line, amount_fen=line.amount_fen - share) for line, share in zip(lines, shares, strict=True)
    )


def _shares(amounts: Sequence[int], whole: int) -> list[int]:
    """Return `whole` divided in proportion to `amounts`: at most all of them."""
    return apportion(min(max(whole, 0), sum(amounts)), amounts)
