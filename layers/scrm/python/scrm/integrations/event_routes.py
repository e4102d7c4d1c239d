"""The route of events, as other systems tell them."""

from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.integrations import happenings
from scrm.integrations.event_models import EventsIn, EventsOut
from scrm.integrations.routes import SIGNED


def declare(api: Api) -> None:
    """Add the route."""
    api.route("POST", "/integrations/conversation-events", body=EventsIn, answers=EventsOut, **SIGNED)(
        take_in_events
    )


def take_in_events(request: Request) -> EventsOut:
    """Put what happened with customers into their traces and count it, event by event."""
    asked: EventsIn = request.body
    return happenings.take_in(asked.events, request.headers["x-scrm-key"], request.now)
