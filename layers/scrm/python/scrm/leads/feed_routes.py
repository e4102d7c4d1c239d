"""/integrations/leads: leads as other systems tell of them (LED-08), and what calls found out (LED-10)."""

from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.integrations.routes import SIGNED
from scrm.leads import feed
from scrm.leads.feed_models import LeadsIn, LeadsOut


def declare(api: Api) -> None:
    """Add the route."""
    api.route("POST", "/integrations/leads", body=LeadsIn, answers=LeadsOut, **SIGNED)(take_in)


def take_in(request: Request) -> LeadsOut:
    """Record leads and results of calls, row by row; whose a lead is, is decided within seconds."""
    asked: LeadsIn = request.body
    request_id = request.headers.get("x-scrm-signature", request.request_id).lower()
    return feed.take_in_rows(asked.leads, request_id, request.who, request.now)
