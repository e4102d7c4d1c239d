"""/workbench/conditions/fields: what a condition may ask about."""

from scrm.http.request import Request
from scrm.http.routing import ANY_STAFF, Api
from scrm.queries.models import FieldsOut
from scrm.queries.views import askable, custom_for


def declare(api: Api) -> None:
    """Add the route."""
    api.route("GET", "/workbench/conditions/fields", roles=ANY_STAFF, scope="corp", answers=FieldsOut)(fields)


def fields(request: Request) -> FieldsOut:
    """Every field that the caller's conditions may ask about, custom fields by the caller's role."""
    return FieldsOut(items=askable(custom_for(request.staff.role, request.now)))
