"""Routes of orders, payments, refunds and the product library, as other systems tell them."""

from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.integrations import order_feed
from scrm.integrations.order_models import (
    OrdersIn,
    OrdersOut,
    PaymentsIn,
    ProductsIn,
    ProductsOut,
    RefundsIn,
)
from scrm.integrations.product_feed import take_in_products as take_in_products_of
from scrm.integrations.routes import SIGNED, source_of


def declare(api: Api) -> None:
    """Add the routes."""
    api.route("POST", "/integrations/orders", body=OrdersIn, answers=OrdersOut, **SIGNED)(take_in_orders)
    api.route("POST", "/integrations/payments", body=PaymentsIn, answers=OrdersOut, **SIGNED)(
        take_in_payments
    )
    api.route("POST", "/integrations/refunds", body=RefundsIn, answers=OrdersOut, **SIGNED)(take_in_refunds)
    api.route("PUT", "/integrations/products", body=ProductsIn, answers=ProductsOut, **SIGNED)(
        take_in_products
    )


def take_in_orders(request: Request) -> OrdersOut:
    """Record orders, row by row; a customer nobody knew is created where an identity is given."""
    return order_feed.take_in_orders(request.body.orders, source_of(request), request.now)


def take_in_payments(request: Request) -> OrdersOut:
    """Record payments of orders, row by row, also before the order is known."""
    return order_feed.take_in_payments(request.body.payments, source_of(request), request.now)


def take_in_refunds(request: Request) -> OrdersOut:
    """Record refunds of orders, row by row, also before the order or its payment is known."""
    return order_feed.take_in_refunds(request.body.refunds, source_of(request), request.now)


def take_in_products(request: Request) -> ProductsOut:
    """Record products, row by row: orders and interests name them by their codes."""
    return take_in_products_of(request.body.products, source_of(request), request.now)
