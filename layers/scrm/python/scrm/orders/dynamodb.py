"""Rows of orders: `ORDER#<source>#<order_no>`, and in `ORDERS#<customer_id>` what each comes to."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import TransactWriteError

from scrm.customers.model import VersionConflict
from scrm.orders.model import Line, Money, Order, Placed, Sale
from scrm.table import Row, in_transaction, rfc3339

ORDER = "ORDER"
ORDERS = "ORDERS#"


class OrderRow(Row):
    """An order with its parts."""

    customer_id = UnicodeAttribute(null=True)
    placed: JSONAttribute = JSONAttribute(null=True)
    payments: JSONAttribute = JSONAttribute(null=True)
    refunds: JSONAttribute = JSONAttribute(null=True)
    flagged = BooleanAttribute(null=True)
    version = NumberAttribute()
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()

    def entity(self) -> Order:
        """Return the row as the rest of the product knows it."""
        source, order_no = self.pk.split("#", 2)[1:]
        return Order(
            source,
            order_no,
            _placed(self.placed) if self.placed else None,
            {name: _money(each) for name, each in (self.payments or {}).items()},
            {name: _money(each) for name, each in (self.refunds or {}).items()},
            int(self.version),
            datetime.fromisoformat(self.created_at),
        )

    @classmethod
    def of(cls, order: Order, now: datetime) -> "OrderRow":
        """Return the row of an order, as its next version; `flagged`: it names what nobody knows."""
        at = rfc3339(now.astimezone(UTC))
        return cls(
            f"ORDER#{order.source}#{order.order_no}",
            ORDER,
            customer_id=order.customer_id,
            placed=_plain(order.placed) if order.placed else None,
            payments={name: _plain(each) for name, each in order.payments.items()} or None,
            refunds={name: _plain(each) for name, each in order.refunds.items()} or None,
            flagged=True if order.placed and order.placed.flagged else None,
            version=order.version + 1,
            created_at=rfc3339(order.created_at.astimezone(UTC)) if order.created_at else at,
            updated_at=at,
        )


class SaleRow(Row):
    """That a customer has an order, and what it comes to."""

    paid_at = UnicodeAttribute(null=True)
    paid_fen = NumberAttribute()
    refunded_fen = NumberAttribute()
    lines: JSONAttribute = JSONAttribute(null=True)
    order_version = NumberAttribute()

    def entity(self) -> Sale:
        """Return the row as the rest of the product knows it."""
        return Sale(
            datetime.fromisoformat(self.paid_at) if self.paid_at else None,
            int(self.paid_fen),
            int(self.refunded_fen),
            tuple(Line(*each) for each in self.lines or ()),
        )


def order(source: str, order_no: str) -> Order:
    """Return an order as it is now; one nobody told of has version 0. 1 RRU for each 4 KB."""
    try:
        return OrderRow.get(f"ORDER#{source}#{order_no}", ORDER, consistent_read=True).entity()
    except OrderRow.DoesNotExist:
        return Order(source, order_no)


def save(after: Order, before: Order, now: datetime) -> None:
    """Store an order over the version it was read with, and what it comes to for its customer, all at once.

    When it turns out to be another customer's, it leaves the first one's orders in the same transaction.
    Raises VersionConflict when somebody was faster; nothing is written then. 4 WRU, 6 when it moves.
    """
    row = OrderRow.of(after, now)
    unchanged = OrderRow.version == before.version if before.version else OrderRow.version.does_not_exist()
    try:
        with in_transaction() as transaction:
            transaction.save(row, condition=unchanged)
            if after.customer_id:
                transaction.save(_sale_row(after, int(row.version)))
            if before.customer_id and before.customer_id != after.customer_id:
                transaction.delete(SaleRow(f"{ORDERS}{before.customer_id}", _sk(before)))
    except TransactWriteError as error:
        reasons = {reason.code for reason in error.cancellation_reasons if reason}
        if reasons and reasons <= {"ConditionalCheckFailed", "TransactionConflict"}:
            raise VersionConflict from error
        raise


def size(order: Order) -> int:
    """Return how many bytes an order's parts take as stored."""
    return len(json.dumps([order.placed and _plain(order.placed), *map(_plain, _money_of(order))])) + sum(
        len(json.dumps(each)) for each in (*order.payments, *order.refunds)
    )


def _money_of(order: Order) -> Iterator[Money]:
    yield from order.payments.values()
    yield from order.refunds.values()


def sales(customer_id: str) -> Iterator[Sale]:
    """Yield what each order of a customer id comes to, as of now: one query, by bytes."""
    for row in SaleRow.query(f"{ORDERS}{customer_id}", consistent_read=True):
        yield row.entity()


def named_sales(customer_id: str, *, consistent: bool = False) -> Iterator[tuple[str, str, Sale]]:
    """Yield (source, order number, what it comes to) for each order of a customer id: one query, by bytes."""
    for row in SaleRow.query(f"{ORDERS}{customer_id}", consistent_read=consistent):
        source, _, order_no = row.sk.partition("#")
        yield source, order_no, row.entity()


def _sale_row(order: Order, version: int) -> SaleRow:
    sale = order.sale()
    return SaleRow(
        f"{ORDERS}{order.customer_id}",
        _sk(order),
        paid_at=rfc3339(sale.paid_at.astimezone(UTC)) if sale.paid_at else None,
        paid_fen=sale.paid_fen,
        refunded_fen=sale.refunded_fen,
        lines=[[each.product_code, each.title, each.quantity, each.amount_fen] for each in sale.lines]
        or None,
        order_version=version,
    )


def _sk(order: Order) -> str:
    return f"{order.source}#{order.order_no}"


def _plain(part: Placed | Money) -> dict[str, Any]:
    """Return a part as stored, without what is empty."""
    plain = {
        name: rfc3339(each.astimezone(UTC)) if isinstance(each, datetime) else each
        for name, each in asdict(part).items()
    }
    return {name: each for name, each in plain.items() if each not in (None, "", False, (), [])}


def _placed(plain: dict[str, Any]) -> Placed:
    lines = tuple(Line(**each) for each in plain.get("lines", ()))
    unknown = tuple(plain.get("unknown_products", ()))
    return Placed(**{**_with_times(plain), "lines": lines, "unknown_products": unknown})


def _money(plain: dict[str, Any]) -> Money:
    return Money(**_with_times(plain))


def _with_times(plain: dict[str, Any]) -> dict[str, Any]:
    times = {"at", "paid_at"} & plain.keys()
    return plain | {name: datetime.fromisoformat(plain[name]) for name in times}
