"""/workbench/queries: queries saved for another day, and the ready-made ones (spec SEG-07, SEG-08)."""

from dataclasses import replace
from typing import Any

from scrm.admin.lists import page_of as page_of_rows
from scrm.admin.rights import SHARE_QUERIES
from scrm.conditions.fields import CUSTOM
from scrm.http import problems
from scrm.http.fields import Page, PageQuery
from scrm.http.request import Request
from scrm.http.routing import ANY_STAFF, Api
from scrm.queries import dynamodb as stored
from scrm.queries.list_routes import page_of
from scrm.queries.model import BUILT_IN, MOST_QUERIES, Query, fields_of
from scrm.queries.models import CardOut, QueryEdit, QueryIn, QueryOut, ResultsQuery
from scrm.queries.views import asked_for, custom_for
from scrm.staff.model import key

ROOT = "/workbench/queries"
ONE = f"{ROOT}/{{query_id}}"


def declare(api: Api) -> None:
    """Add the routes. What a member may not use does not exist for them."""
    own: dict[str, Any] = {"roles": ANY_STAFF, "scope": "own and shared"}
    api.route("GET", ROOT, **own, query=PageQuery, answers=Page[QueryOut])(listed)
    api.route("POST", ROOT, **own, body=QueryIn, answers=QueryOut, status=201)(create)
    api.route("GET", ONE, **own, answers=QueryOut)(show)
    api.route("PUT", ONE, **own, body=QueryEdit, answers=QueryOut)(change)
    api.route("DELETE", ONE, **own, status=204)(remove)
    api.route("GET", f"{ONE}/results", **own, query=ResultsQuery, answers=Page[CardOut])(results)


def listed(request: Request) -> Page[QueryOut]:
    """The ready-made queries, the caller's own and the shared ones."""
    rows = [*BUILT_IN.values(), *stored.listed(request.staff.userid)]
    asked: PageQuery = request.query
    found, cursor = page_of_rows(
        f"QUERIES#{key(request.staff.userid)}", rows, _place, asked.limit, asked.cursor
    )
    return Page(items=[_out(each) for each in found], next_cursor=cursor)


def create(request: Request) -> QueryOut:
    """Save a query: the caller's own, or for everybody where their role may share."""
    asked: QueryIn = request.body
    wanted = _wanted(request, Query(request.new_id("qy"), "", owner=request.staff.userid), asked)
    if found := stored.seen(request.staff.userid, wanted.query_id):
        return _out(found)
    there = stored.listed(request.staff.userid)
    if sum(each.shared == wanted.shared for each in there) >= MOST_QUERIES:
        raise problems.conflict("too_many_queries", f"最多保存 {MOST_QUERIES} 个快捷查询")
    return _saved(wanted, None, request)


def show(request: Request) -> QueryOut:
    """One query."""
    return _out(_found(request))


def change(request: Request) -> QueryOut:
    """Change a query of one's own; an administrator may change shared ones."""
    asked: QueryEdit = request.body
    known = _editable(request)
    if known.version != asked.version:
        raise problems.version_conflict()
    return _saved(_wanted(request, known, asked), known, request)


def remove(request: Request) -> None:
    """Delete a query of one's own; an administrator may delete shared ones."""
    try:
        stored.remove(_editable(request))
    except stored.QueryChanged:
        raise problems.version_conflict() from None


def results(request: Request) -> Page[CardOut]:
    """The caller's customers that the query selects now, as asking for its condition would list them."""
    asked: ResultsQuery = request.query
    query = _found(request)
    custom = custom_for(request.staff.role, request.now)
    hidden = {each for each in fields_of(query.condition) if each.startswith(CUSTOM)}
    if hidden - {f"{CUSTOM}{each}" for each in custom}:
        raise problems.conflict("query_not_for_role", "这个查询用到了你看不到的字段")
    return page_of(request, dict(query.condition), asked.owner, query.sort, asked.limit, asked.cursor)


def _found(request: Request) -> Query:
    query_id = request.params["query_id"]
    found = BUILT_IN.get(query_id) or stored.seen(request.staff.userid, query_id)
    if found is None:
        raise problems.not_found("没有这个快捷查询")
    return found


def _editable(request: Request) -> Query:
    found = _found(request)
    if found.builtin:
        raise problems.conflict("query_built_in", "内置查询不能修改")
    mine = key(found.owner) == key(request.staff.userid)
    if not mine and request.staff.role != "operations_admin":
        raise problems.forbidden("只能修改自己的快捷查询", code="not_your_query")
    return found


def _wanted(request: Request, known: Query, asked: QueryIn) -> Query:
    """Return the query as it is to be; raises a problem for what the caller may not ask or share."""
    if asked.shared and not known.shared and request.staff.role not in SHARE_QUERIES:
        raise problems.forbidden("当前角色不能共享快捷查询", code="may_not_share")
    condition = asked_for(asked.condition, custom_for(request.staff.role, request.now))
    return replace(known, name=asked.name, condition=condition, sort=asked.sort, shared=asked.shared)


def _saved(wanted: Query, known: Query | None, request: Request) -> QueryOut:
    try:
        return _out(stored.save(wanted, known, request.now))
    except stored.QueryChanged:
        raise problems.version_conflict() from None


def _place(query: Query) -> str:
    """Ready-made ones first, then by the time they were saved."""
    at = query.created_at.isoformat() if query.created_at else ""
    return f"{at or '0'}#{query.query_id}"


def _out(query: Query) -> QueryOut:
    return QueryOut.model_validate({**vars(query), "owner": query.owner or None, "builtin": query.builtin})
