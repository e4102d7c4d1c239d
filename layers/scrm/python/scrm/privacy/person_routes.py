"""/admin/customers/{customer}:export and :erase: what the law gives a person (PIPL 45, 47)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from scrm.admin.audited import audited, no_effect
from scrm.admin.rights import OPERATIONS
from scrm.customers.model import Customer
from scrm.http import paging, problems
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.jobs.dynamodb import Jobs
from scrm.privacy import erasures_dynamodb as stored
from scrm.privacy.erasure import Erasure
from scrm.privacy.exporting import Place, part_of, text_of
from scrm.privacy.finding import parts_of
from scrm.privacy.gathering import gathered
from scrm.privacy.models import EraseIn, ErasureOut, PersonExportIn, PersonOut, ReasonIn, SectionOut
from scrm.privacy.person import Person, mentions
from scrm.privacy.stores import STORES
from scrm.sidebar.dynamodb import customer_step

CUSTOMER = "/admin/customers/{customer}"

jobs = Jobs()


def declare(api: Api) -> None:
    """Add the routes of one customer."""
    one: dict[str, Any] = {"roles": OPERATIONS, "scope": "every customer"}
    api.route("POST", f"{CUSTOMER}:export", body=PersonExportIn, answers=PersonOut, **one)(export)
    api.route("POST", f"{CUSTOMER}:erase", body=EraseIn, answers=ErasureOut, status=202, **one)(erase)


def export(request: Request) -> PersonOut:
    """Everything that is stored of a person, from every store, those merged into them included."""
    asked: PersonExportIn = request.body
    parts = parts_of(request.params["customer"])
    person = gathered(parts, request.now)
    place = f"EXPORT#{parts[0].customer_id}"
    start = _place(paging.decode(place, asked.cursor, free=("section", "row")))
    _name_nobody(asked, person)
    what = {"reason": asked.reason, "from": list(start)}
    audited(request, "customer_exported", f"CUSTOMER#{parts[0].customer_id}", None, what)
    sections, more = part_of(_sections(person), start)
    return PersonOut(
        customer_id=parts[0].customer_id,
        exported_at=request.now,
        sections=[SectionOut(store=title, rows=rows) for title, rows in sections],
        text=text_of(sections),
        next_cursor=paging.encode(place, {"section": more[0], "row": more[1]} if more else None),
    )


def _place(told: dict[str, Any] | None) -> Place:
    section, row = (told["section"], told["row"]) if told else (0, 0)
    if not (isinstance(section, int) and isinstance(row, int) and section >= 0 and row >= 0):
        raise problems.invalid_field("cursor", "无效的游标")
    return section, row


def _sections(person: Person) -> list[tuple[str, Iterator[dict[str, Any]]]]:
    return [
        (store.title, (each.plain for each in store.find(person))) for store in STORES if not store.copied
    ]


def erase(request: Request) -> ErasureOut:
    """Erase a person from everywhere. It cannot be taken back; it is done within a minute or two.

    Asked for again while it is under way, it answers how far that is.
    """
    asked: EraseIn = request.body
    parts = parts_of(request.params["customer"])
    under_way = stored.erasure_of(parts[0].customer_id) if parts[0].erased_at else None
    if under_way:
        no_effect(request)
        return out(under_way)
    _name_nobody(asked, gathered(parts, request.now))
    return out(_begun(request, asked, parts))


def _begun(request: Request, asked: EraseIn, parts: Sequence[Customer]) -> Erasure:
    """Mark the customer as erased, store the erasure and its job, with an audit line that names nobody."""
    erasure_id = f"{request.now:%Y%m%dT%H%M%SZ}-{request.new_id('er')}"
    begun = Erasure(
        erasure_id,
        request.staff.userid,
        request.now.replace(microsecond=0),
        customer_ids=tuple(each.customer_id for each in parts),
    )
    _, mark = customer_step(replace(parts[0], erased_at=begun.requested_at), request.now)
    subject = f"ERASURE#{erasure_id}"
    jobs.put_chunks(begun.job, request.now)
    steps = [mark, stored.begin_step(begun), *jobs.steps(begun.job, request.now)]
    audited(request, "erasure_requested", subject, None, {"reason": asked.reason}, steps)
    return begun


def _name_nobody(asked: ReasonIn, person: Person) -> None:
    """Refuse a reason that names the person: it outlives them."""
    names = (each for each in person.names if len(each) > 1)
    if mentions(asked.reason, (*person.telling, *names)):
        raise problems.invalid_field("reason", "原因里不要写客户的姓名、号码或编号")


def out(erasure: Erasure) -> ErasureOut:
    """Return an erasure as it is shown."""
    return ErasureOut(
        erasure_id=erasure.erasure_id,
        status=erasure.status,
        requested_by=erasure.requested_by,
        requested_at=erasure.requested_at,
        finished_at=erasure.finished_at,
        rows=sum(erasure.counts.values()),
        counts=dict(erasure.counts),
    )
