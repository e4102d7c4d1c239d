"""Everybody's entry: the routes of public_api."""

from scrm.http import front
from scrm.http.routing import Api
from scrm.sessions import routes

api = Api("public")
front.declare(api)
routes.declare(api)
