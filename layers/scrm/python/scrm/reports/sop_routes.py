"""/admin/reports/sop/{sop_id}: what came of a SOP, and the customers behind each number (RPT-12, M12)."""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from scrm.http import problems
from scrm.http.fields import Moment, Out
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.reports.formulas import ratio, shown
from scrm.reports.span import Span, SpanOut, SpanQuery, days_of, span_of
from scrm.reports.viewers import SCOPE, TEAM, members_seen
from scrm.sops import sops_dynamodb
from scrm.sops.dynamodb import entered_between, place_in_sop
from scrm.sops.enrollment import Enrollment, bar_of, status_of
from scrm.sops.model import Sop, Version
from scrm.sops.naming import names_of
from scrm.sops.reporting import Report, StepLine, measures, report
from scrm.sops.sops_dynamodb import defined
from scrm.staff.model import key

MOST_BARS = 20_000
"""So many bars are read within a request's time: some 0.5 RRU each."""


class SopQuery(SpanQuery):
    """Whose entering falls on these days; of one version alone, or of all."""

    version: Annotated[int | None, Field(ge=1, le=9999)] = None


class BehindQuery(SopQuery):
    """The customers behind one number, as the report names it."""

    measure: Annotated[str, Field(min_length=1, max_length=100, examples=["exited:goal", "lost:A2"])] = (
        "entered"
    )
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    cursor: Annotated[str | None, Field(max_length=200)] = None


class StepOut(Out):
    """One step; rates are null where nothing could be. `conversion`: sent ÷ entered."""

    step_key: str
    title: str
    dispatched: int
    sent: int
    on_time: int
    missed: int
    skipped: int
    failed: int
    conversion: float | None
    lost_after: int
    lost_after_rate: float | None


class SopReportOut(SpanOut):
    """The report."""

    sop_id: str
    name: str
    version: int | None
    entered: int
    running: int
    completed: int
    exits: dict[str, int]
    completion: float | None
    goal_rate: float | None
    on_time: float | None
    lost_after_welcome: int
    steps: list[StepOut]


class BehindOut(Out):
    """A customer behind a number."""

    subject: str
    external_userid: str
    name: str
    owner: str
    version: int
    cycle: int
    status: str
    why: str
    bar: str
    entered_at: Moment


class BehindListOut(Out):
    """Some of them, by when they entered."""

    items: list[BehindOut]
    next_cursor: str | None


def declare(api: Api) -> None:
    """Add the routes."""
    see: dict[str, Any] = {"roles": TEAM, "scope": SCOPE}
    root = "/admin/reports/sop/{sop_id}"
    api.route("GET", root, query=SopQuery, answers=SopReportOut, **see)(show)
    api.route("GET", f"{root}/customers", query=BehindQuery, answers=BehindListOut, **see)(behind)


def show(request: Request) -> SopReportOut:
    """What came of a SOP for those who entered on these days.

    Completion is of those that have ended, the goal rate of all who entered, on time of what was dispatched.
    """
    asked: SopQuery = request.query
    span, version = span_of(asked, request.now), _version(request, asked.version)
    found = report(_bars(request, version, span, asked.version), version)
    return SopReportOut(
        **days_of(span),
        sop_id=version.sop_id,
        name=version.name,
        version=asked.version,
        entered=found.entered,
        running=found.running,
        completed=found.completed,
        exits=dict(found.exits),
        completion=shown(found.completion),
        goal_rate=shown(found.goal_rate),
        on_time=shown(found.on_time),
        lost_after_welcome=found.lost_after_welcome,
        steps=[_step(each, found) for each in found.steps],
    )


def behind(request: Request) -> BehindListOut:
    """The customers behind a number of the report: exactly as many as it says."""
    asked: BehindQuery = request.query
    span, version = span_of(asked, request.now), _version(request, asked.version)
    items: list[Enrollment] = []
    for it in _bars(request, version, span, asked.version):
        place = place_in_sop(it)
        if (asked.cursor is None or place > asked.cursor) and asked.measure in measures(it, version):
            items.append(it)
        if len(items) > asked.limit:
            break
    page = items[: asked.limit]
    names, sop = names_of(page), defined.sops()[version.sop_id]
    found = [_behind(it, sop, names.get(it.subject, "")) for it in page]
    return BehindListOut(
        items=found, next_cursor=place_in_sop(page[-1]) if len(items) > asked.limit else None
    )


def _version(request: Request, number: int | None) -> Version:
    """Return the version asked for, else the published one, else the draft."""
    sop = sops_dynamodb.sop(request.params["sop_id"])
    if sop is None:
        raise problems.not_found("没有这个 SOP")
    try:
        return sops_dynamodb.version(sop.sop_id, number or sop.published or sop.draft)
    except LookupError:
        raise problems.invalid_field("version", "没有这个版本") from None


def _bars(request: Request, version: Version, span: Span, number: int | None) -> Iterator[Enrollment]:
    """Yield the bars of these days that the caller may see, by when they were entered."""
    seen = members_seen(request)
    for count, it in enumerate(entered_between(version.sop_id, span.since, span.until)):
        if count == MOST_BARS:
            raise problems.invalid_field("from", f"超过 {MOST_BARS} 人，请缩短时间")
        if (number is None or it.version == number) and (seen is None or key(it.owner) in seen):
            yield it


def _step(line: StepLine, found: Report) -> StepOut:
    return StepOut(
        step_key=line.step.key,
        title=line.step.title,
        dispatched=line.dispatched,
        sent=line.sent,
        on_time=line.on_time,
        missed=line.missed,
        skipped=line.skipped,
        failed=line.failed,
        conversion=shown(ratio(line.sent, found.entered)),
        lost_after=line.lost,
        lost_after_rate=shown(ratio(line.lost, line.sent)),
    )


def _behind(it: Enrollment, sop: Sop, name: str) -> BehindOut:
    """Return a customer with their bar as the console and the sidebar show it: by the version they are on."""
    status, why = status_of(it, sop)
    return BehindOut(
        subject=it.subject,
        external_userid=it.external_userid,
        name=name,
        owner=it.owner,
        version=it.version,
        cycle=it.cycle,
        status=status,
        why=why,
        bar=str(bar_of(it, defined.version(it.sop_id, it.version))),
        entered_at=it.entered_at,
    )
