"""/sidebar/customers/{external_userid}: the customer, their trace, what is to be done for them."""

from typing import Any

from scrm.admin.audited import audited
from scrm.customers.dynamodb import Customers
from scrm.fields import dynamodb as fields
from scrm.fields.showing import revealed
from scrm.http import paging, problems
from scrm.http.fields import Page, PageQuery
from scrm.http.request import Request
from scrm.http.routing import ANY_STAFF, Api
from scrm.profile import orders
from scrm.profile.models import OrderOut
from scrm.profile.reading import profile_of
from scrm.settings import dynamodb as settings
from scrm.sidebar import views
from scrm.sidebar.access import Seen, seen
from scrm.sidebar.keeping import customer_id_behind, customer_of
from scrm.sidebar.models import (
    CustomerTasksQuery,
    DetailOut,
    IdentityOut,
    MethodOut,
    RevealIn,
    RevealOut,
    TraceOut,
)
from scrm.staff import dynamodb as staff
from scrm.staff.model import key
from scrm.tasks.dynamodb import DynamoTasks
from scrm.tasks.model import Task
from scrm.timeline.dynamodb import Timeline
from scrm.workbench.models import TaskOut
from scrm.workbench.views import task_out, task_to_start_after

CUSTOMER = "/sidebar/customers/{external_userid}"
SCOPE = "own relation, or data scope"

customers = Customers()
tasks = DynamoTasks()
timeline = Timeline()


def declare(api: Api) -> None:
    """Add the routes."""
    common: dict[str, Any] = {"roles": ANY_STAFF, "scope": SCOPE}
    api.route("GET", CUSTOMER, answers=DetailOut, **common)(show)
    api.route("GET", f"{CUSTOMER}/tasks", query=CustomerTasksQuery, answers=Page[TaskOut], **common)(
        list_tasks
    )
    api.route("GET", f"{CUSTOMER}/timeline", query=PageQuery, answers=Page[TraceOut], **common)(list_trace)
    api.route("GET", f"{CUSTOMER}/orders", query=PageQuery, answers=Page[OrderOut], **common)(list_orders)
    api.route("POST", f"{CUSTOMER}/phones:reveal", body=RevealIn, answers=RevealOut, **common)(reveal)


def found(request: Request, *, consistent: bool = False) -> Seen:
    """Return the customer a request names, as its caller may see them; raises the refusal. One query."""
    external_userid = request.params["external_userid"]
    contact, relations = customers.collection(external_userid, consistent=consistent)
    return seen(request.staff, external_userid, contact, relations, lambda: staff.directory(request.now))


def show(request: Request) -> DetailOut:
    """Who the caller is talking to: profile, relation, colleagues, source, what the company knows."""
    there = found(request)
    return views.detail(there, profile_of(there), request.staff.role, request.now)


def list_tasks(request: Request) -> Page[TaskOut]:
    """The caller's to-dos for this customer, earliest due first; of a step, with what a tap would send."""
    asked: CustomerTasksQuery = request.query
    there, me = found(request), request.staff.userid
    place = f"TASKS#{key(me)}#{there.external_userid}"
    rows, more = tasks.of_member(
        me,
        status=None if asked.status == "all" else asked.status,
        external_userid=there.external_userid,
        limit=asked.limit,
        after=task_to_start_after(paging.decode(place, asked.cursor), me),
    )
    return Page(
        items=_with_contents(rows, there, request),
        next_cursor=paging.encode(place, {"after": more} if more else None),
    )


def _with_contents(rows: list[Task], there: Seen, request: Request) -> list[TaskOut]:
    """Return to-dos with what their steps would send; nothing more is read where none is of a SOP."""
    if not any(each.payload.get("step_key") for each in rows):
        return [task_out(each, request.now) for each in rows]
    from scrm.sops.to_dos import told_for  # imported late: other to-dos need no SOPs

    steps = told_for(rows, there, request)
    return [task_out(each, request.now, steps.get(each.id)) for each in rows]


def list_trace(request: Request) -> Page[TraceOut]:
    """The customer's behaviour trace, newest first, with that of everybody merged into them."""
    there = found(request)
    parts = customers.whole(customer_id_behind(there))
    place = f"TIMELINE#{there.external_userid}"
    start = paging.decode(place, request.query.cursor, free=("PK", "SK"))
    ids = [each.customer_id for each in parts] or [customer_id_behind(there)]
    entries, more = timeline.page_of(ids, request.query.limit, start)
    return Page(items=[views.trace(each) for each in entries], next_cursor=paging.encode(place, more))


def list_orders(request: Request) -> Page[OrderOut]:
    """The customer's orders, latest first (CUS-08)."""
    of, names = customer_of(found(request)), staff.directory(request.now)
    return orders.page(of, request.query.limit, request.query.cursor, names)


def reveal(request: Request) -> RevealOut:
    """Show the customer's numbers in full; the role needs the right, and the reason is audited."""
    there = found(request)
    if request.staff.role not in settings.load().reveal_roles:
        raise problems.forbidden("你没有查看完整号码的权限，请联系管理员", code="reveal_not_allowed")
    customer = customer_of(there)
    audited(
        request,
        "numbers_revealed",
        f"CUSTOMER#{customer.customer_id}",
        None,
        {"external_userid": there.external_userid, "reason": request.body.reason},
    )
    return RevealOut(
        phones=list(there.own.mobiles) if there.own else [],
        contact_methods=[MethodOut.model_validate(each) for each in customer.contact_methods],
        identities=[IdentityOut(kind=kind, value=value) for kind, value in customer.identities],
        custom_fields=revealed(customer.custom_fields, fields.known(request.now), request.staff.role),
    )
