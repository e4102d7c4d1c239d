"""PUT /admin/customers/{customer_id}/contact-methods, also for customers nobody has added (spec IDN-25)."""

from scrm.customers.dynamodb import Customers
from scrm.customers.whole import united
from scrm.http import problems
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.identities.rights import DECIDE
from scrm.sidebar import views
from scrm.sidebar.keeping import with_methods
from scrm.sidebar.models import CustomerBlock, MethodsIn

customers = Customers()


def declare(api: Api) -> None:
    """Add the route."""
    api.route(
        "PUT",
        "/admin/customers/{customer_id}/contact-methods",
        roles=DECIDE,
        scope="the corp",
        body=MethodsIn,
        answers=CustomerBlock,
    )(set_methods)


def set_methods(request: Request) -> CustomerBlock:
    """Set every way to reach a customer; mobiles are indexed, so that one person is not taken for two."""
    asked: MethodsIn = request.body
    parts = customers.whole(request.params["customer_id"], consistent=True)
    if not parts:
        raise problems.not_found("没有这位客户")
    given = [(each.type, each.value) for each in asked.methods]
    changed = with_methods(request, united(parts), asked.version, given)
    return views.block(changed, request.staff.role, request.now)
