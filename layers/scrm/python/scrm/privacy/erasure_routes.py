"""/admin/erasures: every erasure and how far it is."""

from typing import Any

from scrm.admin.rights import SEE_SETTINGS
from scrm.http import paging, problems
from scrm.http.fields import Page, PageQuery
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.privacy import erasures_dynamodb as stored
from scrm.privacy.models import ErasureOut
from scrm.privacy.person_routes import out


def declare(api: Api) -> None:
    """Add the routes."""
    corp: dict[str, Any] = {"roles": SEE_SETTINGS, "scope": "corp"}
    api.route("GET", "/admin/erasures", query=PageQuery, answers=Page[ErasureOut], **corp)(list_all)
    api.route("GET", "/admin/erasures/{erasure_id}", answers=ErasureOut, **corp)(show)


def list_all(request: Request) -> Page[ErasureOut]:
    """Every erasure, newest first."""
    place = stored.ERASURES
    start = paging.decode(place, request.query.cursor, {"PK": place}, ("SK",))
    rows, more = stored.listed(request.query.limit, start)
    return Page(items=[out(each) for each in rows], next_cursor=paging.encode(place, more))


def show(request: Request) -> ErasureOut:
    """One erasure and how far it is."""
    found = stored.erasure(request.params["erasure_id"])
    if found is None:
        raise problems.not_found("没有这次删除")
    return out(found)
