"""A customer's demands: under /workbench and, for the chat, under /sidebar (CUS-17)."""

from dataclasses import replace
from datetime import UTC
from typing import Any

from scrm.admin.audited import audited
from scrm.customers.model import Customer
from scrm.demands import dynamodb as stored
from scrm.demands.model import MOST_DEMANDS, Demand, DemandKind, kept
from scrm.demands.models import DemandChangeIn, DemandIn, DemandOut, DemandsOut
from scrm.http import problems
from scrm.http.caller import ROLES
from scrm.http.problems import FieldError
from scrm.http.request import Request
from scrm.http.routing import ANY_STAFF, Api
from scrm.sidebar import masking
from scrm.sidebar.customer_routes import SCOPE, found
from scrm.sidebar.keeping import customer_of
from scrm.stages.moving import ids_of

# An auditor looks and changes nothing.
EDITORS = ROLES - {"auditor"}


def declare(api: Api) -> None:
    """Add the routes of one customer's demands below the API's own root."""
    place = f"/{api.name}/customers/{{external_userid}}/demands"
    edit: dict[str, Any] = {"roles": EDITORS, "scope": SCOPE, "answers": DemandOut}
    api.route("GET", place, roles=ANY_STAFF, scope=SCOPE, answers=DemandsOut)(listed)
    api.route("POST", place, body=DemandIn, status=201, **edit)(create)
    api.route("PUT", place + "/{demand_id}", body=DemandChangeIn, **edit)(change)


def listed(request: Request) -> DemandsOut:
    """What the customer needs, latest first."""
    kinds = stored.kinds()
    customer = customer_of(found(request))
    return DemandsOut(items=[_out(each, kinds) for _, each in stored.demands(ids_of(customer))])


def create(request: Request) -> DemandOut:
    """Record a demand of the customer; the same Idempotency-Key records it once."""
    asked: DemandIn = request.body
    customer, kinds = customer_of(found(request)), stored.kinds()
    kind = kinds.get(asked.kind)
    if kind is None or not kind.active:
        raise problems.invalid_field("kind", "没有这种需求")
    demand_id, known = request.new_id("dm"), stored.demands(ids_of(customer))
    for _, each in known:
        if each.demand_id == demand_id:
            return _out(each, kinds)
    if len(known) >= MOST_DEMANDS:
        raise problems.conflict("too_many_demands", f"一位客户最多记录 {MOST_DEMANDS} 条需求")
    values, at = _checked(kind, asked.values), request.now.astimezone(UTC).replace(microsecond=0)
    wanted = Demand(demand_id, kind.key, values, "open", request.staff.userid, at, at)
    return _stored(request, "demand_recorded", customer, customer.customer_id, wanted, kinds)


def change(request: Request) -> DemandOut:
    """Change a demand, or say that it is met or dropped."""
    asked: DemandChangeIn = request.body
    customer, kinds = customer_of(found(request)), stored.kinds()
    owner, known = _found(customer, request.params["demand_id"])
    if asked.version != known.version:
        raise problems.version_conflict()
    kind = kinds.get(known.kind)
    values = _checked(kind, _unmasked(asked.values, known)) if kind else known.values
    wanted = replace(known, values=values, status=asked.status)
    return _stored(request, "demand_changed", customer, owner, wanted, kinds)


def _stored(
    request: Request,
    action: str,
    customer: Customer,
    owner: str,
    wanted: Demand,
    kinds: dict[str, DemandKind],
) -> DemandOut:
    changed, step = stored.demand_step(owner, wanted, request.now)
    shown = {"demand_id": changed.demand_id, "kind": changed.kind, "status": changed.status}
    audited(
        request,
        action,
        f"CUSTOMER#{customer.customer_id}",
        None,
        {**shown, "values": _masked(changed)},
        [step],
    )
    return _out(changed, kinds)


def _found(customer: Customer, demand_id: str) -> tuple[str, Demand]:
    for owner, each in stored.demands(ids_of(customer)):
        if each.demand_id == demand_id:
            return owner, each
    raise problems.not_found("没有这条需求")


def _checked(kind: DemandKind, values: dict[str, Any]) -> dict[str, Any]:
    if wrong := kind.wrong(values):
        raise problems.invalid(*(FieldError(f"values.{key}", text) for key, text in wrong.items()))
    return kept(values)


def _unmasked(values: dict[str, Any], known: Demand) -> dict[str, Any]:
    """Return values in full: a page sends back, masked, those it was shown and did not touch."""
    shown = _masked(known)
    return {
        key: known.values[key] if key in known.values and value == shown[key] else value
        for key, value in values.items()
    }


def _masked(demand: Demand) -> dict[str, Any]:
    texts = masking.fields({key: each for key, each in demand.values.items() if not isinstance(each, list)})
    return {**demand.values, **texts}


def _out(demand: Demand, kinds: dict[str, DemandKind]) -> DemandOut:
    kind = kinds.get(demand.kind)
    return DemandOut.model_validate(
        {**vars(demand), "values": _masked(demand), "kind_name": kind.name if kind else demand.kind}
    )
