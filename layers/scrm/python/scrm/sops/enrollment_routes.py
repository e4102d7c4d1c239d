"""/admin/sops/{sop_id}/enrollments: everybody's progress bar within the caller's data scope (SOP-02)."""

from typing import Any

from scrm.admin.rights import SEE_SOPS
from scrm.http import paging
from scrm.http.fields import Page
from scrm.http.routing import Api, Request
from scrm.http.scope import colleagues
from scrm.sops import editing
from scrm.sops.console_routes import ONE
from scrm.sops.dynamodb import of_sop, place_in_sop
from scrm.sops.enrollment import Enrollment, status_of
from scrm.sops.enrollment_models import EnrollmentDetail, EnrollmentOut, EnrollmentsQuery
from scrm.sops.enrollment_views import enrollment_detail, enrollment_out, step_of
from scrm.sops.model import Sop
from scrm.sops.naming import name_of, names_of
from scrm.sops.reaching import reach_bar
from scrm.sops.sops_dynamodb import defined
from scrm.staff import dynamodb as staff
from scrm.staff.model import key

BARS = ONE + "/enrollments"
BAR = BARS + "/{subject}"
PAGE = 100
MOST_READ = 1000
"""So many bars one request looks at; a page of rare ones may be short, and have a next one."""


def declare(api: Api) -> None:
    """Add the routes."""
    see: dict[str, Any] = {"roles": SEE_SOPS, "scope": "customers within the data scope"}
    api.route("GET", BARS, **see, query=EnrollmentsQuery, answers=Page[EnrollmentOut])(listed)
    api.route("GET", BAR, **see, answers=EnrollmentDetail)(show)


def listed(request: Request) -> Page[EnrollmentOut]:
    """The enrollments of a SOP, those entered last first. A page may be short and have a next one."""
    asked: EnrollmentsQuery = request.query
    sop, name = editing.existing(request), f"BARS#{request.params['sop_id']}"
    start = paging.decode(name, asked.cursor, free=("after",))
    place, read, found = str(start["after"]) if start else "", 0, list[Enrollment]()
    seen = colleagues(request.staff, staff.directory(request.now))
    while read < MOST_READ:
        page, place = of_sop(sop.sop_id, place, PAGE, since=asked.entered_from, until=asked.entered_to)
        read += PAGE
        for it in page:
            if not _wanted(it, sop, asked, seen):
                continue
            if len(found) == asked.limit:
                place = place_in_sop(found[-1])
                return _page(found, sop, name, place)
            found.append(it)
        if not place:
            break
    return _page(found, sop, name, place)


def show(request: Request) -> EnrollmentDetail:
    """One customer's or lead's latest cycle with every run."""
    sop = editing.existing(request)
    it = reach_bar(request, sop.sop_id, request.params["subject"])
    return enrollment_detail(it, sop, defined.version(sop.sop_id, it.version), name_of(it))


def _page(found: list[Enrollment], sop: Sop, name: str, place: str) -> Page[EnrollmentOut]:
    names = names_of(found)
    items = [
        enrollment_out(each, sop, defined.version(sop.sop_id, each.version), names.get(each.subject, ""))
        for each in found
    ]
    return Page(items=items, next_cursor=paging.encode(name, {"after": place} if place else None))


def _wanted(it: Enrollment, sop: Sop, asked: EnrollmentsQuery, seen: frozenset[str] | None) -> bool:
    status, why = status_of(it, sop)
    return (
        (seen is None or key(it.owner) in seen)
        and asked.status in {None, status}
        and asked.why in {None, why}
        and asked.step in {None, step_of(it)}
        and asked.version in {None, it.version}
        and (asked.owner is None or key(asked.owner) == key(it.owner))
    )
