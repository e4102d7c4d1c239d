"""/admin/sops/{sop_id}:preview: the exact dates of a SOP before anybody is in it (SOP-23)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from scrm.admin.rights import SEE_SOPS
from scrm.customers.dynamodb import Customers
from scrm.fields.dynamodb import known as known_fields
from scrm.http import problems
from scrm.http.routing import Api, Request
from scrm.http.scope import colleagues
from scrm.moments import BEIJING
from scrm.queries.asking import Asked, page
from scrm.queries.views import types_of
from scrm.settings.dynamodb import load as load_settings
from scrm.settings.model import Settings
from scrm.sops import editing
from scrm.sops.caps import Touches
from scrm.sops.console_routes import ONE, version_of
from scrm.sops.deciding import Seen
from scrm.sops.enrollment import Enrollment, bar_of
from scrm.sops.enrollment_models import JourneyOut, PlannedOut, SopPreviewOut, SopPreviewQuery
from scrm.sops.entering import Occasion, Refusal, may_enter
from scrm.sops.model import Step, Version
from scrm.sops.previewing import Journey, Planned, anybody, journey
from scrm.sops.reaching import reach_customer
from scrm.sops.seeing import Person, achieved, applies, fits, opted_out, person_of
from scrm.sops.touches_dynamodb import touches_of
from scrm.staff import dynamodb as staff
from scrm.staff.model import key

ANYBODY = "preview"
PAGE = 100
MOST_PAGES = 5

customers = Customers()


def declare(api: Api) -> None:
    """Add the route."""
    api.route(
        "GET",
        f"{ONE}:preview",
        roles=SEE_SOPS,
        scope="customers within the data scope",
        query=SopPreviewQuery,
        answers=SopPreviewOut,
    )(preview)


def preview(request: Request) -> SopPreviewOut:
    """When each step would be due for who enters then and is sent each on time; the same code as runs it."""
    asked: SopPreviewQuery = request.query
    sop = editing.existing(request)
    version, _, _ = version_of(sop, asked.version or sop.draft)
    at, corp = moment_of(asked.enter) if asked.enter else request.now, load_settings()
    if version.subject == "lead" and (asked.external_userid or asked.limit):
        raise problems.invalid_field("external_userid", "线索培育的 SOP 只能预览虚拟的线索")
    if asked.external_userid:
        names = [(reach_customer(request, "", asked.external_userid), asked.external_userid)]
    elif asked.limit:
        names = _sample(request, version, asked.limit)
    else:
        items = [_of_anybody(version, at, moment_of(asked.anchor, "anchor") if asked.anchor else at, corp)]
        return SopPreviewOut(sop_id=sop.sop_id, version=version.number, enter=at, items=items)
    items = [_of(customer_id, there, version, at, corp) for customer_id, there in names]
    return SopPreviewOut(sop_id=sop.sop_id, version=version.number, enter=at, items=items)


def moment_of(text: str, field: str = "enter") -> datetime:
    """Return when somebody would enter; a time without offset is Beijing's. Raises Problem 422."""
    try:
        # The plus of an offset reaches us as a blank from those who did not encode it.
        at = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise problems.invalid_field(field, "应为时间，例如 2026-03-02T10:15") from None
    at = at if at.tzinfo else at.replace(tzinfo=BEIJING)
    if not 2000 <= at.year < 2100:
        raise problems.invalid_field(field, "应为 2000 年至 2099 年之间的时间")
    return at.replace(microsecond=0)


def _sample(request: Request, version: Version, limit: int) -> list[tuple[str, str]]:
    """Return the first customers that the SOP is for, within the caller's scope."""
    custom = types_of({name: each for name, each in known_fields(request.now).items() if each.filterable})
    scope = colleagues(request.staff, staff.directory(request.now))
    question = Asked(who(version), custom, scope, request.now, key(request.staff.userid))
    found: dict[str, str] = {}
    cursor = None
    for _ in range(MOST_PAGES):
        cards = page(question, "-added_at", PAGE, cursor)
        for each in cards.cards:
            if each.external_userid:
                found.setdefault(each.customer_id, each.external_userid)
        cursor = cards.next_cursor
        if cursor is None or len(found) >= limit:
            break
    return list(found.items())[:limit]


def who(version: Version) -> dict[str, Any]:
    """Return whom a SOP is for, as a condition: its own, and its segments where one enters by these alone."""
    asked = [dict(version.condition)] if version.condition else []
    if all(each.kind in {"segment", "manual"} for each in version.triggers):
        named = [segment_id for each in version.triggers for segment_id in each.ids]
        asked += [{"field": "segments", "op": "any", "value": named}] if named else []
    return {"all": asked}


def _of_anybody(version: Version, at: datetime, anchor: datetime, corp: Settings) -> JourneyOut:
    if version.anchor == "date":
        anchor = datetime.fromisoformat(f"{version.anchor_date}T00:00:00+08:00")
    birthday = anchor.astimezone(BEIJING).strftime("%m-%d")
    start = Enrollment(version.sop_id, ANYBODY, version.number, at, anchor, birthday=birthday)
    went = journey(start, version, corp, anybody, Touches())
    return _out(went, version, None, "")


def _of(customer_id: str, external_userid: str, version: Version, at: datetime, corp: Settings) -> JourneyOut:
    """Return the way of a customer as they are known today."""
    person = person_of(customer_id)
    start, why = may_enter(customer_id, version, Occasion("manual", at, external_userid=external_userid), at)
    if start is None or person is None:
        nobody = Enrollment(
            version.sop_id, customer_id, version.number, at, at, external_userid=external_userid
        )
        return _out(Journey(replace(nobody, status="EXITED"), ()), version, customer_id, why)

    def look(it: Enrollment, step: Step, touches: Touches, now: datetime) -> Seen:
        return _seen(person, version, it, step, touches, now)

    return _out(journey(start, version, corp, look, touches_of(customer_id)), version, customer_id, why)


def _seen(
    person: Person, version: Version, it: Enrollment, step: Step, touches: Touches, now: datetime
) -> Seen:
    return Seen(
        fits=fits(version.condition, person, it.owner, now),
        goal=achieved(version, it, person, now),
        applies=applies(step, it, person, now),
        opted_out=opted_out(person, now),
        touches=touches,
    )


def _out(went: Journey, version: Version, customer_id: str | None, refusal: Refusal) -> JourneyOut:
    end = went.end
    return JourneyOut(
        customer_id=customer_id,
        external_userid=end.external_userid or None,
        owner=end.owner,
        refusal=refusal,
        status=end.status,
        why=end.why,
        progress=str(bar_of(end, version)),
        ends_at=end.ended_at,
        steps=list(_steps(went.steps, version)),
    )


def _steps(steps: tuple[Planned, ...], version: Version) -> Iterator[PlannedOut]:
    for each in steps:
        step, run = version.step(each.run.step_key), each.run
        told: dict[str, Any] = {"title": step.title if step else "", "mode": step.mode if step else ""}
        yield PlannedOut(
            step_key=run.step_key,
            attempt=run.attempt,
            planned=each.planned,
            due=run.due,
            status=run.status,  # type: ignore[arg-type]  # each run has ended
            why=run.why,
            waits_for=each.waits_for,
            put_off=each.put_off,
            **told,
        )
