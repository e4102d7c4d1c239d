"""Routes of touches that other systems made, and of what came of them (spec INT-06, IDN-23)."""

from functools import partial

from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.integrations import happenings
from scrm.integrations.calls import Results
from scrm.integrations.event_models import EventsOut
from scrm.integrations.routes import SIGNED
from scrm.integrations.rows import judged
from scrm.integrations.touch_models import TouchesIn, TouchIn, TouchResultsIn

judged_touch = partial(judged, TouchIn, times=("at",))


def declare(api: Api) -> None:
    """Add the routes."""
    api.route("POST", "/integrations/touches", body=TouchesIn, answers=EventsOut, **SIGNED)(take_in_touches)
    api.route("POST", "/integrations/touch-results", body=TouchResultsIn, answers=EventsOut, **SIGNED)(
        take_in_results
    )


def take_in_touches(request: Request) -> EventsOut:
    """Put calls, mails and messages into traces, and count them for the marketing cap."""
    key = request.headers["x-scrm-key"]
    return happenings.take_in(request.body.touches, key, request.now, judged_touch, kind="touch")


def take_in_results(request: Request) -> EventsOut:
    """Put what came of calls, mails and messages into traces; a phone nobody knew makes a customer.

    A call that was for a to-do of a SOP closes it.
    """
    key = request.headers["x-scrm-key"]
    results = Results(key)
    return results.closing(
        happenings.take_in(
            request.body.results, key, request.now, results.judge, kind="touch_result", create=True
        )
    )
