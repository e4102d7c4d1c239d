"""/admin/reports/identification: how many customers are known (spec IDN-08, M17)."""

from scrm.http.fields import Moment, Out
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.identities.rights import REPORTS
from scrm.reports.coverage_routes import counted


class IdentificationOut(Out):
    """Identified customers among all at `as_of`; `rate` is null while there is none."""

    as_of: Moment
    customers: int
    identified: int
    rate: float | None


def declare(api: Api) -> None:
    """Add the route."""
    path = "/admin/reports/identification"
    api.route("GET", path, roles=REPORTS, scope="the corp", answers=IdentificationOut)(show)


def show(request: Request) -> IdentificationOut:
    """How many customers are known by a phone, CRM id or another identity of their own.

    Counted now; beyond some ten thousand customers, as the latest census of the report of coverage found it.
    """
    at, found = counted(request.now)
    share = found.identified_share
    return IdentificationOut(
        as_of=at,
        customers=found.customers,
        identified=found.identified,
        rate=None if share is None else round(share, 4),
    )
