"""/admin/reports/coverage: how much of the customers is identified, and layered (RPT-17)."""

from datetime import datetime
from typing import Any

from scrm.admin.rights import EDIT_SEGMENTS, SEE_SEGMENTS
from scrm.http import problems
from scrm.http.fields import Moment, Out
from scrm.http.routing import Api, Request
from scrm.jobs.models import JobOut
from scrm.jobs.starting import begin
from scrm.reports import census
from scrm.reports.coverage import Coverage

REPORT = "/admin/reports/coverage"


class CoverageOut(Out):
    """The numbers at `as_of`; a share of nothing is null.

    `layered`: identified customers who are in one segment at least.
    """

    as_of: Moment
    customers: int
    identified: int
    layered: int
    identified_share: float | None
    layered_share: float | None


def declare(api: Api) -> None:
    """Add the routes."""
    corp: dict[str, Any] = {"scope": "corp"}
    count: dict[str, Any] = {"roles": EDIT_SEGMENTS, "status": 202, "creates": True}
    api.route("GET", REPORT, roles=SEE_SEGMENTS, answers=CoverageOut, **corp)(show)
    api.route("POST", f"{REPORT}:compute", answers=JobOut, **count, **corp)(compute)


def show(request: Request) -> CoverageOut:
    """The coverage, counted now; beyond some ten thousand customers, as the latest census found it."""
    at, found = counted(request.now)
    return CoverageOut(
        as_of=at,
        customers=found.customers,
        identified=found.identified,
        layered=found.layered,
        identified_share=found.identified_share,
        layered_share=found.layered_share,
    )


def counted(now: datetime) -> tuple[datetime, Coverage]:
    """Return as of when everybody was counted, and what came of it.

    Now, or, where they are too many for a request, by the latest census. Raises 409 where there is none.
    """
    found = census.counted_now()
    if found is not None:
        return now, found
    last = census.latest()
    if last is None:
        raise problems.conflict("not_computed", f"客户较多，请先统计：POST {REPORT}:compute")
    return last


def compute(request: Request) -> JobOut:
    """Count all customers as a job."""
    job = begin(request, census.KIND, params={}, starts=census.starts())
    return JobOut.model_validate(job)
