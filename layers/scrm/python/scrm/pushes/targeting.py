"""Whom a push would reach: customers within the caller's data scope, with who would send it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from scrm.conditions.fields import CUSTOM
from scrm.customers.dynamodb import Customers
from scrm.customers.model import Relation
from scrm.customers.whole import united
from scrm.facts import dynamodb as facts
from scrm.facts.model import combined
from scrm.http import problems
from scrm.http.request import Request
from scrm.http.scope import colleagues, may_see_of
from scrm.pushes.model import Target
from scrm.queries import dynamodb as queries
from scrm.queries.asking import Asked, page
from scrm.queries.model import BUILT_IN, fields_of
from scrm.queries.views import custom_for, types_of
from scrm.sidebar.access import seen
from scrm.staff import dynamodb as staff
from scrm.staff.model import key
from scrm.tagging.pairs import pair_of

PAGE = 100
MOST_PAGES = 10

customers = Customers()


@dataclass(frozen=True)
class Selected:
    """Whom a query selects: their contacts, or where they are more than asked for, nobody by name."""

    question: Asked
    external_userids: tuple[str, ...] = ()
    more: bool = False


def named(request: Request, external_userids: Sequence[str]) -> list[Target]:
    """Return the customers of these contacts, each once. Raises the refusal for who is out of scope.

    A query for each contact, and some 2 RRU for each customer.
    """
    found: dict[str, Target] = {}
    for each in dict.fromkeys(external_userids):
        target = _target(request, each)
        if target.customer_id not in found:
            found[target.customer_id] = target
    return list(found.values())


def selected(request: Request, query_id: str, most: int) -> Selected:
    """Return whom a saved query selects within the caller's data scope, up to `most` customers by name.

    Raises a 422 problem for a query that is neither the caller's nor shared, 409 for one that asks for fields
    which the caller may not see.
    """
    query = BUILT_IN.get(query_id) or queries.seen(request.staff.userid, query_id)
    if query is None:
        raise problems.invalid_field("query_id", "没有这个快捷查询")
    custom = custom_for(request.staff.role, request.now)
    hidden = {each for each in fields_of(query.condition) if each.startswith(CUSTOM)}
    if hidden - {f"{CUSTOM}{each}" for each in custom}:
        raise problems.conflict("query_not_for_role", "这个查询用到了你看不到的字段")
    scope = colleagues(request.staff, staff.directory(request.now))
    asked = Asked(
        dict(query.condition), types_of(custom), scope, request.now, f"{key(request.staff.userid)} push"
    )
    people: dict[str, str] = {}
    cursor: str | None = None
    for _ in range(MOST_PAGES):
        found = page(asked, "-added_at", PAGE, cursor)
        people |= {each.customer_id: each.external_userid for each in found.cards if each.external_userid}
        cursor = found.next_cursor
        if len(people) > most or cursor is None:
            break
    if len(people) > most or cursor is not None:
        return Selected(asked, more=True)
    return Selected(asked, tuple(people.values()))


def _target(request: Request, external_userid: str) -> Target:
    contact, relations = customers.collection(external_userid)
    seen(request.staff, external_userid, contact, relations, lambda: staff.directory(request.now))
    parts = customers.whole(contact.customer_id) if contact else ()
    whole = united(parts) if parts else None
    return Target(
        whole.customer_id if whole else external_userid,
        external_userid,
        tuple(_pairs(request, external_userid, relations)),
        _event_at([each.customer_id for each in parts], relations),
        bool(whole and whole.opted_out_at),
    )


def _pairs(request: Request, external_userid: str, relations: Iterable[Relation]) -> Iterable[str]:
    directory = staff.directory(request.now)
    for each in relations:
        if each.status == "active" and may_see_of(request.staff, each.userid, directory):
            yield pair_of(each.userid, external_userid)


def _event_at(customer_ids: Sequence[str], relations: Iterable[Relation]) -> datetime | None:
    """Return when the customer last did something: an act, a message, an order, or adding a member."""
    counted = combined(facts.load(each) for each in customer_ids) if customer_ids else None
    times = [each.added_at for each in relations]
    if counted:
        times += [counted.interaction.inbound_at, *(each.customer_at for each in counted.talks)]
    return max((each for each in times if each), default=None)
