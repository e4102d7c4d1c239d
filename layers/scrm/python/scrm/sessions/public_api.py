"""Everybody's entry: the routes of public_api."""

from scrm.http import front
from scrm.http.routing import Api
from scrm.sessions import routes
from scrm.wecom import auth, deployed


def identify(code: str) -> str | None:
    """Return the userid behind an OAuth code, None for somebody who is not a member of the corp."""
    return auth.visitor(deployed.wecom(), code).userid or None


api = Api("public")
front.declare(api)
routes.declare(api, identify)
