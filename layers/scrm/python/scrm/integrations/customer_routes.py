"""The route of customers, as a CRM tells them."""

from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.integrations import customer_feed
from scrm.integrations.customer_models import CustomersIn, CustomersOut
from scrm.integrations.routes import SIGNED


def declare(api: Api) -> None:
    """Add the route."""
    api.route("POST", "/integrations/customers", body=CustomersIn, answers=CustomersOut, **SIGNED)(
        take_in_customers
    )


def take_in_customers(request: Request) -> CustomersOut:
    """Record customers, row by row; the CRM decides what it masters and creates whom nobody knew."""
    return customer_feed.take_in(request.body.customers, request.who, request.now)
