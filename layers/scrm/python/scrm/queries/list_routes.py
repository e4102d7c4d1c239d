"""/workbench/customers: a member's customers, by filters or by condition (spec SEG-01 to SEG-04)."""

from typing import Any

from scrm.http import problems
from scrm.http.fields import Page
from scrm.http.request import Request
from scrm.http.routing import ANY_STAFF, Api
from scrm.http.scope import may_see_of
from scrm.queries.asking import Asked, counted, page
from scrm.queries.models import CardOut, CountIn, CountOut, CustomersQuery, SearchIn
from scrm.queries.views import asked_for, card_out, custom_for, of_query, types_of
from scrm.staff import dynamodb as staff
from scrm.staff.model import key

ROOT = "/workbench/customers"


def declare(api: Api) -> None:
    """Add the routes."""
    theirs: dict[str, Any] = {"roles": ANY_STAFF, "scope": "data scope"}
    api.route("GET", ROOT, **theirs, query=CustomersQuery, answers=Page[CardOut])(list_customers)
    api.route("POST", f"{ROOT}:search", **theirs, body=SearchIn, answers=Page[CardOut])(search)
    api.route("POST", f"{ROOT}:count", **theirs, body=CountIn, answers=CountOut)(count)


def list_customers(request: Request) -> Page[CardOut]:
    """A member's customers, newest add first: the caller's, or a colleague's within their data scope."""
    asked: CustomersQuery = request.query
    return page_of(request, of_query(asked), asked.owner, asked.sort, asked.limit, asked.cursor)


def search(request: Request) -> Page[CardOut]:
    """A member's customers that a condition selects.

    A page may be short, even empty, and have a next one: a request reads only so much.
    """
    asked: SearchIn = request.body
    condition = asked_for(asked.condition, custom_for(request.staff.role, request.now))
    return page_of(request, condition, asked.owner, asked.sort, asked.limit, asked.cursor)


def count(request: Request) -> CountOut:
    """How many of a member's customers a condition selects, exactly; long counts come in parts."""
    asked: CountIn = request.body
    custom = custom_for(request.staff.role, request.now)
    owner = owner_of(request, asked.owner)
    of = f"{key(request.staff.userid)} {key(owner)}"
    question = Asked(
        asked_for(asked.condition, custom), types_of(custom), frozenset({key(owner)}), request.now, of
    )
    return count_out(question, asked.cursor)


def page_of(
    request: Request, condition: dict[str, Any], owner: str | None, sort: str, limit: int, cursor: str | None
) -> Page[CardOut]:
    """Return a page of one member's cards that a stored condition selects."""
    custom = custom_for(request.staff.role, request.now)
    whose = owner_of(request, owner)
    of = f"{key(request.staff.userid)} {key(whose)}"
    question = Asked(condition, types_of(custom), frozenset({key(whose)}), request.now, of)
    found = page(question, sort, limit, cursor)
    items = [card_out(each, custom, request.now) for each in found.cards]
    return Page(items=items, next_cursor=found.next_cursor)


def count_out(question: Asked, cursor: str | None) -> CountOut:
    """Return what one request counts of a question."""
    found = counted(question, cursor)
    return CountOut(count=found.count, complete=found.next_cursor is None, next_cursor=found.next_cursor)


def owner_of(request: Request, wanted: str | None) -> str:
    """Return whose customers are asked for; raises a 403 problem outside the caller's data scope."""
    caller = request.staff
    if wanted is None or key(wanted) == key(caller.userid):
        return caller.userid
    if not may_see_of(caller, wanted, staff.directory(request.now)):
        raise problems.forbidden("你没有查看这位同事客户的权限", code="out_of_scope")
    return wanted
