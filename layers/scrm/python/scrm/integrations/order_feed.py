"""Orders, payments and refunds as they are told, folded into orders (spec INT-02, INT-07)."""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scrm.attribution.shares_dynamodb import known_shares
from scrm.customers.model import VersionConflict
from scrm.identities.normalise import InvalidIdentity
from scrm.integrations.models import RowError
from scrm.integrations.naming import Named
from scrm.integrations.order_models import (
    MoneyIn,
    OrderPartIn,
    OrderRowOut,
    OrdersOut,
    PaymentIn,
    RefundIn,
)
from scrm.integrations.rows import judged, said, whole
from scrm.orders import dynamodb as stored
from scrm.orders.model import Line, Money, Order, Placed, TooManyParts, with_payment, with_placed, with_refund
from scrm.products import dynamodb as products

ATTEMPTS = 4
MOST_BYTES = 128 * 1024
"""Of one order; a row holds 400 KB, and the numbers of its customer some of the order's lines."""

Change = Callable[[Order], Order]
"""Puts one part into an order; an order that knows a part as new stays as it is. May raise TooManyParts."""


@dataclass(frozen=True)
class _Part:
    """One good row: where it stands in the batch, of which order it is, what it changes."""

    place: int
    source: str
    order_no: str
    change: Change


def take_in_orders(rows: Sequence[Any], source: str, now: datetime) -> OrdersOut:
    """Record orders; return what became of each. Safe to repeat, in any order.

    `source` tells the systems apart where a row names none.
    """
    named, results, parts = Named(now), dict[int, OrderRowOut](), list[_Part]()
    good = _judged(OrderPartIn, rows, now, ("at", "paid_at"), results)
    library = products.found(line.product_code for row in good.values() for line in row.lines)
    shares = known_shares([(row.share_id, whole(row.at)) for row in good.values() if row.share_id])
    for place, row in good.items():
        try:
            customer_id = named.customer(row, create=True)
        except InvalidIdentity as error:
            results[place] = _invalid(row.order_no, RowError(field=error.kind, message="格式不正确"))
            continue
        if customer_id is None:
            results[place] = OrderRowOut(order_no=row.order_no, status="unknown_customer")
            continue
        placed = _placed(row, customer_id, library, shares)
        parts.append(_Part(place, row.source or source, row.order_no, _placing(placed)))
    _put_in(parts, now, results)
    return _answer(results, named.created)


def take_in_payments(rows: Sequence[Any], source: str, now: datetime) -> OrdersOut:
    """Record payments; return what became of each. Safe to repeat, in any order."""
    results = dict[int, OrderRowOut]()
    good = _judged(PaymentIn, rows, now, ("at",), results)
    parts = [
        _Part(place, row.source or source, row.order_no, _paying(row.payment_id, _money(row)))
        for place, row in good.items()
    ]
    _put_in(parts, now, results)
    return _answer(results)


def take_in_refunds(rows: Sequence[Any], source: str, now: datetime) -> OrdersOut:
    """Record refunds; return what became of each. Safe to repeat, in any order."""
    results = dict[int, OrderRowOut]()
    good = _judged(RefundIn, rows, now, ("at",), results)
    parts = [
        _Part(
            place,
            row.source or source,
            row.order_no,
            _refunding(row.refund_id, _money(row, row.product_code or "")),
        )
        for place, row in good.items()
    ]
    _put_in(parts, now, results)
    return _answer(results)


def _judged(
    model: Any, rows: Sequence[Any], now: datetime, times: Sequence[str], results: dict[int, OrderRowOut]
) -> dict[int, Any]:
    """Return the good rows by their place in the batch; the others' results are put in `results`."""
    good: dict[int, Any] = {}
    for place, row in enumerate(rows):
        found = judged(model, row, now, times)
        if isinstance(found, list):
            results[place] = _invalid(said(row, "order_no"), *found)
        else:
            good[place] = found
    return good


def _put_in(parts: Sequence[_Part], now: datetime, results: dict[int, OrderRowOut]) -> None:
    """Write the parts, those of one order together, and say what became of each."""
    by_order: dict[tuple[str, str], list[_Part]] = {}
    for part in parts:
        by_order.setdefault((part.source, part.order_no), []).append(part)
    for (source, order_no), of_one in by_order.items():
        results |= _put_into_one(source, order_no, of_one, now)


def _put_into_one(
    source: str, order_no: str, parts: Sequence[_Part], now: datetime
) -> dict[int, OrderRowOut]:
    for _ in range(ATTEMPTS):
        before = stored.order(source, order_no)
        after, status = before, dict[int, OrderRowOut]()
        for part in parts:
            after, status[part.place] = _with(after, part)
        try:
            if after != before:
                stored.save(after, before, now)
        except VersionConflict:
            continue
        return status
    return {part.place: OrderRowOut(order_no=order_no, source=source, status="busy") for part in parts}


def _with(order: Order, part: _Part) -> tuple[Order, OrderRowOut]:
    try:
        after = part.change(order)
    except TooManyParts:
        error = RowError(field="order_no", message="这笔订单的到款或退款过多")
        return order, _invalid(part.order_no, error)
    if after != order and stored.size(after) > MOST_BYTES:
        return order, _invalid(part.order_no, RowError(field="order_no", message="这笔订单的内容过多"))
    return after, OrderRowOut(
        order_no=part.order_no,
        source=part.source,
        status="unchanged" if after == order else "recorded",
        customer_id=after.customer_id,
        waiting_for_order=after.placed is None,
        unknown_products=list(after.placed.unknown_products) if after.placed else [],
        unknown_share=bool(after.placed and after.placed.unknown_share),
    )


def _placing(placed: Placed) -> Change:
    return lambda order: with_placed(order, placed)


def _paying(payment_id: str, payment: Money) -> Change:
    return lambda order: with_payment(order, payment_id, payment)


def _refunding(refund_id: str, refund: Money) -> Change:
    return lambda order: with_refund(order, refund_id, refund)


def _placed(
    row: OrderPartIn, customer_id: str, library: Mapping[str, products.Product], shares: Set[str]
) -> Placed:
    """Return the order's own part; lines are called as the library calls them where it knows the product."""
    paid = row.status == "paid" or row.paid_at is not None or bool(row.paid_fen)
    lines = tuple(
        Line(
            each.product_code,
            library[each.product_code].name if each.product_code in library else each.title,
            each.quantity,
            each.amount_fen,
        )
        for each in row.lines
    )
    return Placed(
        version=row.version,
        customer_id=customer_id,
        amount_fen=row.amount_fen,
        at=whole(row.at),
        lines=lines,
        paid_at=whole(row.paid_at or row.at) if paid else None,
        paid_fen=(row.amount_fen if row.paid_fen is None else row.paid_fen) if paid else 0,
        refunded_fen=row.refunded_fen,
        cancelled=row.status == "cancelled",
        unknown_products=tuple(
            dict.fromkeys(each.product_code for each in row.lines if each.product_code not in library)
        ),
        share_id=row.share_id or "",
        unknown_share=bool(row.share_id) and row.share_id not in shares,
    )


def _money(row: MoneyIn, product_code: str = "") -> Money:
    return Money(row.version, row.amount_fen, whole(row.at), product_code, row.void)


def _invalid(order_no: str, *errors: RowError) -> OrderRowOut:
    return OrderRowOut(order_no=order_no[:128], status="invalid", errors=list(errors))


def _answer(
    results: Mapping[int, OrderRowOut], created: frozenset[str] | set[str] = frozenset()
) -> OrdersOut:
    rows = [results[place] for place in sorted(results)]
    for row in rows:
        row.created_customer = row.customer_id in created
    return OrdersOut(recorded=sum(each.status == "recorded" for each in rows), results=rows)
