"""What is done with a lead: followed, moved, given on and back, made a customer (LED-13, 17, 18, 23, 27)."""

from typing import Any

from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.leads import converting, moving
from scrm.leads.list_routes import LEAD, SCOPE, WORKERS
from scrm.leads.model import Lead
from scrm.leads.models import (
    ConvertedOut,
    FollowedOut,
    FollowUpIn,
    LeadOut,
    ReasonIn,
    ReopenIn,
    StatusIn,
    TransferIn,
    TransitionIn,
)
from scrm.leads.reaching import Reached, reached
from scrm.leads.views import follow_out, lead_out
from scrm.staff.dynamodb import directory


def declare(api: Api) -> None:
    """Add the routes."""
    common: dict[str, Any] = {"roles": WORKERS, "scope": SCOPE}
    step: dict[str, Any] = {**common, "answers": LeadOut}
    api.route("POST", f"{LEAD}/follow-ups", body=FollowUpIn, answers=FollowedOut, status=201, **common)(
        follow_up
    )
    api.route("POST", f"{LEAD}:transition", body=TransitionIn, **step)(transition)
    api.route("PATCH", LEAD, body=StatusIn, **step)(change_status)
    api.route("POST", f"{LEAD}:transfer", body=TransferIn, **step)(transfer)
    api.route("POST", f"{LEAD}:release", body=ReasonIn, **step)(release)
    api.route("POST", f"{LEAD}:reopen", body=ReopenIn, **step)(reopen)
    api.route("POST", f"{LEAD}:lock", body=ReasonIn, **step)(lock)
    api.route("POST", f"{LEAD}:unlock", body=ReasonIn, **step)(unlock)
    api.route("POST", f"{LEAD}:convert", answers=ConvertedOut, **common)(convert)


def follow_up(request: Request) -> FollowedOut:
    """Record a follow-up; the first begins FOLLOWING, each extends protection and sets what comes next."""
    there = _there(request)
    told, lead = moving.follow_up(request, there)
    return FollowedOut(follow_up=follow_out(told, directory(request.now)), lead=_out(request, lead, there))


def transition(request: Request) -> LeadOut:
    """Take a step of the lead's life, with the evidence it needs; anything else writes nothing."""
    there = _there(request)
    return _out(request, moving.transition(request, there, request.body), there)


def change_status(request: Request) -> LeadOut:
    """Bring the lead to a status, as :transition does."""
    there, asked = _there(request), request.body
    wanted = TransitionIn(
        to=asked.status, reason=asked.reason, evidence=asked.evidence, version=asked.version
    )
    return _out(request, moving.transition(request, there, wanted), there)


def transfer(request: Request) -> LeadOut:
    """Give the lead to another member, with a reason; both are told."""
    there = _there(request)
    return _out(request, moving.transfer(request, there), there)


def release(request: Request) -> LeadOut:
    """Give the lead back to its pool, with a reason; who had it has to wait before claiming it again."""
    there = _there(request)
    return _out(request, moving.release(request, there), there)


def reopen(request: Request) -> LeadOut:
    """Put a lost or invalid lead into its pool again, with a reason."""
    there = _there(request)
    return _out(request, moving.reopen(request, there), there)


def lock(request: Request) -> LeadOut:
    """Lock the lead: it is not recycled until it is unlocked."""
    there = _there(request)
    return _out(request, moving.lock(request, there, locked=True), there)


def unlock(request: Request) -> LeadOut:
    """Unlock the lead."""
    there = _there(request)
    return _out(request, moving.lock(request, there, locked=False), there)


def convert(request: Request) -> ConvertedOut:
    """Make a customer of the lead, once; its history is told on the customer's timeline."""
    there = _there(request)
    done = converting.convert(request, there)
    return ConvertedOut(
        customer_id=done.customer_id, created=done.created, lead=_out(request, done.lead, there)
    )


def _there(request: Request) -> Reached:
    return reached(request, request.params["lead_id"])


def _out(request: Request, lead: Lead, there: Reached) -> LeadOut:
    name = there.pool.name if lead.pool_id == there.pool.pool_id else ""
    return lead_out(lead, name, directory(request.now), request.now)
