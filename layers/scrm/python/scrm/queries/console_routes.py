"""/admin/customers: every customer within the caller's data scope, bare ones too (spec SEG-09, ADM-02)."""

from typing import Any

from scrm.admin.audited import no_effect
from scrm.admin.rights import OPERATIONS, SEE_CUSTOMERS
from scrm.exports.starting import check_right, start
from scrm.http import problems
from scrm.http.fields import Page
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.http.scope import colleagues, may_see_of
from scrm.jobs.models import JobOut
from scrm.jobs.starting import begin
from scrm.queries.acting import KIND, params_of, question_of
from scrm.queries.asking import Asked, page
from scrm.queries.list_routes import count_out
from scrm.queries.models import (
    CardOut,
    CountIn,
    CountOut,
    CustomersQuery,
    ExportSelectedIn,
    SearchIn,
    TagSelectedIn,
)
from scrm.queries.views import asked_for, card_out, custom_for, of_query, types_of
from scrm.staff import dynamodb as staff
from scrm.staff.model import key
from scrm.tagging.checking import checked

ROOT = "/admin/customers"


def declare(api: Api) -> None:
    """Add the routes."""
    seen: dict[str, Any] = {"roles": SEE_CUSTOMERS, "scope": "data scope"}
    every: dict[str, Any] = {"roles": OPERATIONS, "scope": "every customer"}
    api.route("GET", ROOT, **seen, query=CustomersQuery, answers=Page[CardOut])(list_customers)
    api.route("POST", f"{ROOT}:search", **seen, body=SearchIn, answers=Page[CardOut])(search)
    api.route("POST", f"{ROOT}:count", **seen, body=CountIn, answers=CountOut)(count)
    api.route(
        "POST",
        f"{ROOT}:tag-selected",
        **every,
        body=TagSelectedIn,
        answers=JobOut,
        status=202,
        creates=True,
    )(tag_selected)
    api.route(
        "POST",
        f"{ROOT}:export",
        roles=SEE_CUSTOMERS,
        scope="data scope, with the right to export",
        body=ExportSelectedIn,
        answers=JobOut,
        status=202,
        creates=True,
    )(export_selected)


def list_customers(request: Request) -> Page[CardOut]:
    """The customers of everybody in the caller's data scope, a line for each member who knows them."""
    asked: CustomersQuery = request.query
    return _page(request, of_query(asked), asked)


def search(request: Request) -> Page[CardOut]:
    """The customers in the caller's data scope that a condition selects.

    A page may be short, even empty, and have a next one: a request reads only so much.
    """
    no_effect(request)
    asked: SearchIn = request.body
    return _page(request, asked_for(asked.condition, custom_for(request.staff.role, request.now)), asked)


def count(request: Request) -> CountOut:
    """How many cards in the caller's data scope a condition selects, exactly; long counts come in parts."""
    no_effect(request)
    asked: CountIn = request.body
    condition = asked_for(asked.condition, custom_for(request.staff.role, request.now))
    return count_out(_question(request, condition, asked.owner), asked.cursor)


def tag_selected(request: Request) -> JobOut:
    """Start a job that puts corp tags on whom a condition selects now, and takes others off."""
    asked: TagSelectedIn = request.body
    checked(asked.add, asked.remove)
    condition = asked_for(asked.condition, custom_for(request.staff.role, request.now))
    question = _question(request, condition, None)
    tags = {"add": asked.add, "remove": asked.remove}
    params = params_of(question, "tag", tags)
    job = begin(
        request,
        KIND,
        params=params,
        starts=["-"],
        reason=asked.reason,
        audit={"action": "tag", "condition": condition, **tags},
    )
    return JobOut.model_validate(job)


def export_selected(request: Request) -> JobOut:
    """Start a job that writes whom a condition selects now into CSV files; needs the right, is audited."""
    asked: ExportSelectedIn = request.body
    check_right(request.staff)
    condition = asked_for(asked.condition, custom_for(request.staff.role, request.now))
    rows = question_of(_question(request, condition, None))
    return JobOut.model_validate(start(request, "selected", rows, asked.reason))


def _page(request: Request, condition: dict[str, Any], asked: CustomersQuery | SearchIn) -> Page[CardOut]:
    custom = custom_for(request.staff.role, request.now)
    found = page(_question(request, condition, asked.owner), asked.sort, asked.limit, asked.cursor)
    items = [card_out(each, custom, request.now) for each in found.cards]
    return Page(items=items, next_cursor=found.next_cursor)


def _question(request: Request, condition: dict[str, Any], owner: str | None) -> Asked:
    """Return the question within the caller's data scope, or within it of one member alone."""
    caller, directory = request.staff, staff.directory(request.now)
    scope = colleagues(caller, directory)
    if owner is not None:
        if not may_see_of(caller, owner, directory):
            raise problems.forbidden("你没有查看这位同事客户的权限", code="out_of_scope")
        scope = frozenset({key(owner)})
    custom = types_of(custom_for(caller.role, request.now))
    return Asked(condition, custom, scope, request.now, f"{key(caller.userid)} {key(owner or '*')}")
