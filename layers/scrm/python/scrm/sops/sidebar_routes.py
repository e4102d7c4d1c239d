"""/sidebar/customers/{external_userid}/sops: a customer's progress bars (CUS-22)."""

from scrm.customers.dynamodb import Customers
from scrm.http.fields import Page
from scrm.http.request import Request
from scrm.http.routing import ANY_STAFF, Api
from scrm.sidebar.customer_routes import CUSTOMER, SCOPE, found
from scrm.sidebar.keeping import customer_id_behind
from scrm.sops.bars import bars_of
from scrm.sops.to_do_models import CustomerSopOut

customers = Customers()


def declare(api: Api) -> None:
    """Add the route."""
    api.route("GET", f"{CUSTOMER}/sops", roles=ANY_STAFF, scope=SCOPE, answers=Page[CustomerSopOut])(
        list_bars
    )


def list_bars(request: Request) -> Page[CustomerSopOut]:
    """The customer's progress in every SOP, those that go on first, with what comes next and when."""
    customer_id = customer_id_behind(found(request))
    ids = [each.customer_id for each in customers.whole(customer_id)] or [customer_id]
    return Page(items=bars_of(ids, request.now), next_cursor=None)
