"""A customer's stage and its history: under /workbench and, for the chat, under /sidebar."""

from scrm.customers.model import Customer
from scrm.http import paging
from scrm.http.caller import ROLES
from scrm.http.fields import Page, PageQuery
from scrm.http.request import Request
from scrm.http.routing import ANY_STAFF, Api
from scrm.sidebar.customer_routes import SCOPE, found
from scrm.sidebar.keeping import customer_of
from scrm.staff import dynamodb as staff
from scrm.stages import dynamodb as stored
from scrm.stages.model import Move, Stages
from scrm.stages.models import MoveIn, MoveOut, ProofOut, StageNowOut
from scrm.stages.moving import ids_of, move

# An auditor looks and changes nothing.
MOVERS = ROLES - {"auditor"}


def declare(api: Api) -> None:
    """Add the routes of one customer's stage below the API's own root."""
    customer = f"/{api.name}/customers/{{external_userid}}"
    api.route("POST", f"{customer}/stage", roles=MOVERS, scope=SCOPE, body=MoveIn, answers=StageNowOut)(
        move_stage
    )
    api.route(
        "GET",
        f"{customer}/stage-history",
        roles=ANY_STAFF,
        scope=SCOPE,
        query=PageQuery,
        answers=Page[MoveOut],
    )(list_moves)


def move_stage(request: Request) -> StageNowOut:
    """Move a customer to a stage; without the evidence it needs, the answer lists what is missing."""
    asked: MoveIn = request.body
    customer = customer_of(found(request), consistent=True)
    return now_at(move(request, customer, asked.to, asked.reason, asked.version), stored.load())


def list_moves(request: Request) -> Page[MoveOut]:
    """Every move of a customer's stage, latest first."""
    customer = customer_of(found(request))
    place = f"STAGES#{customer.customer_id}"
    after = paging.decode(place, request.query.cursor, free=("before",))
    rows, more = stored.moves(ids_of(customer), request.query.limit, str(after["before"]) if after else None)
    stages, names = stored.load(), staff.directory(request.now)
    return Page(
        items=[_move_out(each, stages, names.name_of(each.by)) for each in rows],
        next_cursor=paging.encode(place, {"before": more} if more else None),
    )


def now_at(customer: Customer, stages: Stages) -> StageNowOut:
    """Return where a customer is."""
    return StageNowOut(
        customer_id=customer.customer_id,
        stage=customer.stage,
        stage_name=stages.name_of(customer.stage),
        stage_at=customer.stage_at,
        version=customer.version,
    )


def _move_out(kept: Move, stages: Stages, by_name: str) -> MoveOut:
    return MoveOut(
        from_stage=kept.start,
        from_name=stages.name_of(kept.start),
        to_stage=kept.to,
        to_name=stages.name_of(kept.to),
        at=kept.at,
        by=kept.by,
        by_name=by_name,
        reason=kept.reason,
        evidence=[ProofOut.model_validate(each) for each in kept.evidence],
    )
