"""/admin/inheritance/plans/{plan_id}/items, /report and :export: what becomes of each customer (INH-15)."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from scrm.admin.rights import SEE_PLANS
from scrm.exports.starting import check_right, start
from scrm.http import paging
from scrm.http.fields import Page
from scrm.http.routing import Api, Request
from scrm.inheritance import plans_dynamodb as stored
from scrm.inheritance.console_models import (
    ExportItemsIn,
    PlanItemOut,
    PlanItemsQuery,
    PlanReportOut,
)
from scrm.inheritance.console_routes import ONE, existing
from scrm.inheritance.drafting import previewed
from scrm.inheritance.items import item_out, report_out
from scrm.inheritance.marks_dynamodb import transfers_of
from scrm.inheritance.model import Item
from scrm.inheritance.naming import contacts_of
from scrm.inheritance.plan import Plan, PlanBatch
from scrm.inheritance.starting import DRAFTS
from scrm.jobs.models import JobOut
from scrm.staff.model import key

READ_AT_MOST = 100
"""So many batches one request looks through."""
_NUMBER = re.compile(r"s?[0-9]{4,6}(\.[0-9]{1,4}){0,99}")


def declare(api: Api) -> None:
    """Add the routes."""
    see: dict[str, Any] = {"roles": SEE_PLANS, "scope": "data scope over all who hand or take over"}
    api.route("GET", f"{ONE}/items", **see, query=PlanItemsQuery, answers=Page[PlanItemOut])(items)
    api.route("GET", f"{ONE}/report", **see, answers=PlanReportOut)(report)
    api.route(
        "POST",
        f"{ONE}:export",
        roles=SEE_PLANS,
        scope="data scope over all who hand or take over, with the right to export",
        body=ExportItemsIn,
        answers=JobOut,
        status=202,
        creates=True,
    )(export)


def items(request: Request) -> Page[PlanItemOut]:
    """A plan's items by batch; of a draft those it would have now. A page may be short with a next one."""
    asked: PlanItemsQuery = request.query
    plan = existing(request)
    name = f"PLAN#{plan.plan_id}#{asked.status}#{asked.handover}#{asked.takeover}#{asked.code}"
    number, place = _place(paging.decode(name, asked.cursor, free=("batch", "place")))
    found: list[tuple[PlanBatch, Item]] = []
    following: tuple[str, int] | None = None
    for read, batch in enumerate(_batches(plan, number, request)):
        first = place if batch.number == number else 0
        if read >= READ_AT_MOST:
            following = (batch.number, 0)
            break
        for at, each in enumerate(batch.items[first:], first):
            if len(found) == asked.limit:
                following = (batch.number, at)
                break
            if _fits(each, asked):
                found.append((batch, each))
        if following:
            break
    contacts = contacts_of(each for _, each in found)
    held = [each.external_userid for _, each in found if each.code == "quota90"]
    accepted = {there: told.accepted for there, told in transfers_of(held).items()}
    return Page(
        items=[item_out(batch, each, contacts, accepted, request.now) for batch, each in found],
        next_cursor=paging.encode(
            name, {"batch": following[0], "place": following[1]} if following else None
        ),
    )


def _place(start: Mapping[str, Any] | None) -> tuple[str, int]:
    """Return the batch and the place in it that a cursor names; raises a 422 problem for one of no plan."""
    if start is None:
        return "", 0
    number, place = str(start["batch"]), start["place"]
    if not _NUMBER.fullmatch(number) or not isinstance(place, int) or place < 0:
        raise paging.foreign()
    return number, place


def _batches(plan: Plan, number: str, request: Request) -> Iterator[PlanBatch]:
    """Yield a plan's batches from one on, by number; of a draft those it would have now."""
    if plan.status in DRAFTS:
        found = previewed(plan.terms, request.now).batches_of(plan.plan_id, request.now)
        yield from (each for each in found if each.number >= number)
        return
    if number and (first := stored.batch_of(plan.plan_id, number)):
        yield first
    yield from stored.batches_of(plan.plan_id, start_after=number)


def _fits(each: Item, asked: PlanItemsQuery) -> bool:
    return (
        asked.status in (None, each.status)
        and (asked.handover is None or key(asked.handover) == key(each.handover))
        and (asked.takeover is None or key(asked.takeover) == key(each.takeover))
        and asked.code in (None, each.code)
    )


def report(request: Request) -> PlanReportOut:
    """What came of a plan (M16): how many of those submitted, and of those WeCom took, have moved."""
    plan = existing(request)
    return report_out(plan, list(stored.batches_of(plan.plan_id)))


def export(request: Request) -> JobOut:
    """Start a job that writes a plan's items into CSV files; needs the right to export, is audited."""
    asked: ExportItemsIn = request.body
    plan = existing(request)
    check_right(request.staff)
    job = start(request, "inheritance", {"plan_id": plan.plan_id}, asked.reason)
    return JobOut.model_validate(job)
