"""/admin/kpi-targets and /admin/reports/kpi: how many leads a quarter is to bring, and has (LED-32)."""

import re
from typing import Annotated, Any

from pydantic import Field

from scrm.admin.audited import audited
from scrm.channel_codes.dynamodb import channels
from scrm.http import problems
from scrm.http.caller import Role
from scrm.http.fields import In, Out
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.moments import BEIJING
from scrm.reports import sources
from scrm.reports.formulas import shown
from scrm.reports.span import SpanOut, days_of
from scrm.reports.targets import Met, Part, Target, met, quarter_of, span_of_quarter
from scrm.reports.targets_dynamodb import put_step, targets_of
from scrm.reports.viewers import CORP
from scrm.staff import dynamodb as staff

EDIT: frozenset[Role] = frozenset({"operations_admin", "marketing"})
TARGETS = "/admin/kpi-targets/{quarter}"
QUARTER = r"^20[0-9]{2}-Q[1-4]$"


class TargetIn(In):
    """So many valid leads of all (`corp`), or of one department or channel by its id."""

    part: Part = "corp"
    id: Annotated[str, Field(max_length=64)] = ""
    leads: Annotated[int, Field(strict=True, ge=1, le=10**7, examples=[300])]


class TargetsIn(In):
    """All targets of a quarter, in place of those there were; `version` is the one that was read."""

    targets: Annotated[list[TargetIn], Field(max_length=200)]
    version: Annotated[int, Field(ge=0, le=2**31)] | None = None


class TargetOut(Out):
    """One target."""

    part: Part
    id: str
    leads: int


class TargetsOut(Out):
    """The targets of a quarter; version 0 where none were set."""

    quarter: str
    targets: list[TargetOut]
    version: int


class KpiQuery(In):
    """Which quarter; this one without."""

    quarter: Annotated[str, Field(pattern=QUARTER, examples=["2026-Q1"])] | None = None


class KpiLineOut(Out):
    """One target and what there is of it. `in_doubt` wait for a second person and do not count yet."""

    part: Part
    id: str
    name: str
    target: int
    leads: int
    in_doubt: int
    rate: float | None
    percent: str


class KpiOut(SpanOut):
    """How far the targets of a quarter are met, in their order."""

    quarter: str
    lines: list[KpiLineOut]


def declare(api: Api) -> None:
    """Add the routes."""
    corp: dict[str, Any] = {"roles": CORP, "scope": "the corp"}
    api.route("GET", TARGETS, answers=TargetsOut, **corp)(show)
    api.route("PUT", TARGETS, roles=EDIT, scope="the corp", body=TargetsIn, answers=TargetsOut)(change)
    api.route("GET", "/admin/reports/kpi", query=KpiQuery, answers=KpiOut, **corp)(kpi)


def show(request: Request) -> TargetsOut:
    """The targets of a quarter."""
    quarter = _quarter(request)
    return _out(quarter, *targets_of(quarter))


def change(request: Request) -> TargetsOut:
    """Set the targets of a quarter, all at once."""
    quarter, asked = _quarter(request), request.body
    before, version = targets_of(quarter)
    if asked.version is not None and asked.version != version:
        raise problems.version_conflict()
    after = [Target(each.part, each.id, each.leads) for each in asked.targets]
    _refuse_unknown(request, after)
    told = {"targets": [[each.part, each.id, each.leads] for each in before]}
    facts = {"targets": [[each.part, each.id, each.leads] for each in after]}
    steps = [put_step(quarter, after, version)]
    audited(request, "kpi_targets_set", f"TARGETS#{quarter}", told, facts, steps)
    return _out(quarter, after, version + 1)


def kpi(request: Request) -> KpiOut:
    """How many valid leads a quarter has brought, of how many it is to bring: by department and channel.

    Leads that a second person has to look at first do not count until they are approved (LED-29).
    """
    quarter = request.query.quarter or quarter_of(request.now.astimezone(BEIJING).date())
    span, people = span_of_quarter(quarter), staff.directory(request.now)
    targets, _ = targets_of(quarter)
    found = met(targets, sources.leads_created(span) if targets else (), people)
    names = {each.channel_id: each.name for each in channels()} if targets else {}
    names |= {str(each.department_id): each.name for each in people.departments.values()}
    return KpiOut(quarter=quarter, **days_of(span), lines=[_line(each, names) for each in found])


def _line(told: Met, names: dict[str, str]) -> KpiLineOut:
    each, rate = told.target, told.rate
    return KpiLineOut(
        part=each.part,
        id=each.id,
        name="全公司" if each.part == "corp" else names.get(each.id, each.id),
        target=each.leads,
        leads=told.leads,
        in_doubt=told.in_doubt,
        rate=shown(rate),
        percent=f"{float(rate or 0):.1%}",
    )


def _refuse_unknown(request: Request, targets: list[Target]) -> None:
    """Raise 422 naming the target whose department or channel there is not, or that is there twice."""
    people, known = staff.directory(request.now), {each.channel_id for each in channels()}
    seen: set[tuple[str, str]] = set()
    for place, each in enumerate(targets):
        there = {
            "corp": each.id == "",
            "department": each.id in {str(it) for it in people.departments},
            "channel": each.id in known,
        }[each.part]
        if not there:
            wrong = "全公司的目标不需要编号" if each.part == "corp" else "没有这个部门或渠道"
            raise problems.invalid_field(f"targets.{place}.id", wrong)
        if (each.part, each.id) in seen:
            raise problems.invalid_field(f"targets.{place}", "这个目标重复了")
        seen.add((each.part, each.id))


def _quarter(request: Request) -> str:
    quarter = request.params["quarter"]
    if not re.fullmatch(QUARTER, quarter):
        raise problems.not_found("应为季度，例如 2026-Q1")
    return quarter


def _out(quarter: str, targets: list[Target], version: int) -> TargetsOut:
    return TargetsOut(quarter=quarter, targets=[TargetOut(**vars(each)) for each in targets], version=version)
