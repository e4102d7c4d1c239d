"""What the routes of orders, payments, refunds and products take and answer."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AwareDatetime, Field, SkipValidation, model_validator
from pydantic_core import PydanticCustomError

from scrm.http.fields import In, Out
from scrm.integrations.models import AboutIn, Amount, Line, RowError

MOST_ROWS = 100

Source = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$", examples=["tmall"])]
OrderNo = Annotated[str, Field(pattern=r"^[^\s#\x00-\x1f\x7f]{1,64}$", examples=["T2026030200001"])]
ProductCode = Annotated[str, Field(pattern=r"^[^\s#\x00-\x1f\x7f]{1,64}$", examples=["P-199"])]
PartVersion = Annotated[int, Field(ge=1, le=10**15)]
ShareId = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,64}$", examples=["mfrggzdfmztwq2lkmfrggzdf"])]
Quantity = Annotated[int, Field(ge=1, le=10**9)]


class LineIn(In):
    """One line of an order; the amount is for all of the quantity."""

    product_code: ProductCode
    title: Line = ""
    quantity: Quantity = 1
    amount_fen: Amount


class OrderPartIn(AboutIn):
    """An order as it stands: the newest `version` of it counts, whenever it arrives.

    `version` is the source's own: a counter, or the time of the change in milliseconds. An order that says it
    is paid and names no sum was paid in full; payments that are told one by one go before its own word.
    `share_id` is what the link it was ordered through carried: it says who sent it.
    """

    source: Source | None = None
    order_no: OrderNo
    version: PartVersion
    at: AwareDatetime
    status: Literal["placed", "paid", "cancelled"] = "placed"
    amount_fen: Amount
    lines: Annotated[list[LineIn], Field(max_length=100)] = Field(default_factory=list)
    paid_at: AwareDatetime | None = None
    paid_fen: Amount | None = None
    refunded_fen: Amount = 0
    share_id: ShareId | None = None


class MoneyIn(In):
    """What payments and refunds have in common. A `void` one never happened; say so in a later version."""

    source: Source | None = None
    order_no: OrderNo
    version: PartVersion = 1
    at: AwareDatetime
    amount_fen: Amount
    void: bool = False


class PaymentIn(MoneyIn):
    """A payment 到款 for an order; it may arrive before the order."""

    payment_id: OrderNo


class RefundIn(MoneyIn):
    """A refund 退款 of an order; it may arrive before the order, and name the product it is for."""

    refund_id: OrderNo
    product_code: ProductCode | None = None


class ProductIn(In):
    """A product; the newest version counts. It is published in the library.

    What is not said stays as people wrote it there; null takes it away. `link` may hold `{share_id}`,
    `{userid}` and `{external_userid}`, which are filled in when it is sent.
    """

    code: ProductCode
    version: PartVersion
    name: Annotated[str, Field(min_length=1, max_length=200)]
    price_fen: Amount | None = None
    category: Annotated[str, Field(max_length=32)] | None = None
    description: Annotated[str, Field(max_length=2000)] | None = None
    link: Annotated[str, Field(max_length=2048)] | None = None


class Rows(In):
    """Up to 100 rows, each judged by itself: a wrong one does not stop the others.

    One row may come by itself: an object that says something of a row (`ROW`); the first thing that it lacks
    is named.
    """

    ROW: ClassVar[type[In]] = In

    @model_validator(mode="before")
    @classmethod
    def _one_by_itself(cls, given: Any) -> Any:
        (name,) = cls.model_fields
        if not isinstance(given, dict) or name in given or not given.keys() & cls.ROW.model_fields.keys():
            return given
        for each, told in cls.ROW.model_fields.items():
            if told.is_required() and each not in given:
                raise PydanticCustomError("missing", "missing", {"field": each})
        return {name: [given]}


class OrdersIn(Rows):
    """Orders, 1 to 100; or one order by itself."""

    ROW = OrderPartIn

    orders: Annotated[list[SkipValidation[OrderPartIn]], Field(min_length=1, max_length=MOST_ROWS)]


class PaymentsIn(Rows):
    """Payments, 1 to 100; or one payment by itself."""

    ROW = PaymentIn

    payments: Annotated[list[SkipValidation[PaymentIn]], Field(min_length=1, max_length=MOST_ROWS)]


class RefundsIn(Rows):
    """Refunds, 1 to 100; or one refund by itself."""

    ROW = RefundIn

    refunds: Annotated[list[SkipValidation[RefundIn]], Field(min_length=1, max_length=MOST_ROWS)]


class ProductsIn(Rows):
    """Products, 1 to 100; or one product by itself."""

    ROW = ProductIn

    products: Annotated[list[SkipValidation[ProductIn]], Field(min_length=1, max_length=MOST_ROWS)]


class OrderRowOut(Out):
    """What became of one row. `busy`: others were changing the order, send the row again.

    `unchanged`: this version, or a later one, is known. `waiting_for_order`: nobody told of the order yet;
    the money counts as soon as somebody does. `unknown_products`: codes the library does not have.
    `unknown_share`: nobody sent anything under its share id. The order is kept all the same.
    """

    order_no: str
    source: str = ""
    status: Literal["recorded", "unchanged", "invalid", "unknown_customer", "busy"]
    customer_id: str | None = None
    created_customer: bool = False
    waiting_for_order: bool = False
    unknown_products: list[str] = Field(default_factory=list)
    unknown_share: bool = False
    errors: list[RowError] = Field(default_factory=list)


class OrdersOut(Out):
    """What became of each row, in the order they were sent."""

    recorded: int
    results: list[OrderRowOut]


class ProductRowOut(Out):
    """What became of one product. `busy`: others were changing it, send the row again."""

    code: str
    status: Literal["recorded", "unchanged", "invalid", "busy"]
    errors: list[RowError] = Field(default_factory=list)


class ProductsOut(Out):
    """What became of each product, in the order they were sent."""

    recorded: int
    results: list[ProductRowOut]
