"""/workbench/demand-kinds: what can be recorded of a customer's needs."""

from scrm.demands import dynamodb as stored
from scrm.demands.models import DemandKindOut, DemandKindsOut
from scrm.http.request import Request
from scrm.http.routing import ANY_STAFF, Api


def declare(api: Api) -> None:
    """Add the route."""
    api.route("GET", "/workbench/demand-kinds", roles=ANY_STAFF, scope="corp", answers=DemandKindsOut)(listed)


def listed(_: Request) -> DemandKindsOut:
    """The kinds of demand that can be recorded, with their fields."""
    active = (each for each in stored.kinds().values() if each.active)
    return DemandKindsOut(items=[DemandKindOut.model_validate(each) for each in active])
