"""/workbench/stages: what each stage means and needs, for whoever moves customers (SEG-18)."""

from scrm.http.request import Request
from scrm.http.routing import ANY_STAFF, Api
from scrm.stages import dynamodb as stored
from scrm.stages.models import StagesOut


def declare(api: Api) -> None:
    """Add the route."""
    api.route("GET", "/workbench/stages", roles=ANY_STAFF, scope="corp", answers=StagesOut)(show)


def show(_: Request) -> StagesOut:
    """The stages in order, with their definitions and the evidence that each needs."""
    return StagesOut.model_validate(stored.load())
