"""The route of scores."""

from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.integrations import score_feed
from scrm.integrations.routes import SIGNED
from scrm.integrations.score_models import ScoresIn, ScoresOut


def declare(api: Api) -> None:
    """Add the route."""
    api.route("PUT", "/integrations/scores", body=ScoresIn, answers=ScoresOut, **SIGNED)(take_in_scores)


def take_in_scores(request: Request) -> ScoresOut:
    """Record what models and rules elsewhere think of customers, score by score."""
    return score_feed.take_in(request.body.scores, request.now)
