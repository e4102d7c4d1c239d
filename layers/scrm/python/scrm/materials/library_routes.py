"""/admin/materials and /admin/material-groups: see scrm.library."""

from scrm.admin.rights import EDIT_CONTENT, SEE_CONTENT
from scrm.http.routing import Api
from scrm.library import group_routes, item_routes, sheet_routes, version_routes


def declare(api: Api) -> None:
    """Add the routes."""
    for routes in (item_routes, version_routes, group_routes, sheet_routes):
        routes.declare(api, "material", SEE_CONTENT, EDIT_CONTENT)
