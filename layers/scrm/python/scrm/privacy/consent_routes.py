"""…/customers/{external_userid}/consents: what a customer has agreed to, as staff see and tell it."""

from scrm.customers.dynamodb import Customers
from scrm.customers.model import Customer
from scrm.http.request import Request
from scrm.http.routing import ANY_STAFF, Api
from scrm.privacy.consenting import recorded_by_staff, shown
from scrm.privacy.models import ConsentsIn, ConsentsOut
from scrm.sidebar.customer_routes import SCOPE, found
from scrm.sidebar.keeping import customer_of

# An auditor looks and changes nothing.
EDITORS = ANY_STAFF - {"auditor"}

customers = Customers()


def declare(api: Api) -> None:
    """Add the routes of the function, which is called after its root."""
    path = f"/{api.name}/customers/{{external_userid}}/consents"
    api.route("GET", path, roles=ANY_STAFF, scope=SCOPE, answers=ConsentsOut)(show)
    api.route("PUT", path, roles=EDITORS, scope=SCOPE, body=ConsentsIn, answers=ConsentsOut)(change)


def show(request: Request) -> ConsentsOut:
    """What the customer has agreed to."""
    return shown(_parts(request, consistent=False), request)


def change(request: Request) -> ConsentsOut:
    """Record what the customer has said on one or more purposes; each word is kept with who told it."""
    asked: ConsentsIn = request.body
    parts = _parts(request, consistent=True)
    return recorded_by_staff(request, parts, asked, request.params["external_userid"])


def _parts(request: Request, *, consistent: bool) -> tuple[Customer, ...]:
    known = customer_of(found(request, consistent=consistent), consistent=consistent)
    return customers.whole(known.customer_id, consistent=consistent) or (known,)
