"""What may follow from a change of an order, a product or a send; see effects."""

from dataclasses import dataclass
from datetime import datetime

from scrm.changes.effects import Effect


@dataclass(frozen=True)
class OrdersChanged(Effect):
    """An order became, or was, a customer's: their facts are counted anew."""

    customer_id: str


@dataclass(frozen=True)
class OrderChanged(Effect):
    """An order changed: whose sale it is, and what is entered of it, follows."""

    source: str
    order_no: str


@dataclass(frozen=True)
class ProductsMissing(Effect):
    """An order names products that nobody knew when it was told."""

    source: str
    order_no: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class ProductKnown(Effect):
    """A product is known by its code: orders may wait for it."""

    code: str


@dataclass(frozen=True)
class ProductNamed(Effect):
    """An item of the library has a code, or has it no longer: `gone`."""

    item_id: str
    code: str
    name: str = ""
    price_fen: int | None = None
    gone: bool = False


@dataclass(frozen=True)
class Shared(Effect):
    """Something was sent to a customer, or opened by them, at `at`: it may speak for who made a sale."""

    customer_id: str
    at: datetime


@dataclass(frozen=True)
class SendSent(Effect):
    """An item was sent to a customer."""

    send_id: str


@dataclass(frozen=True)
class SendUsed(Effect):
    """What was sent was opened or forwarded; `place` is that of the event's row."""

    send_id: str
    place: str
