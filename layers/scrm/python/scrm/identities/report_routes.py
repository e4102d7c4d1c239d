"""/admin/reports/identification: how many customers are known (spec IDN-08)."""

from scrm.http.fields import Out
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.identities.coverage import identification
from scrm.identities.rights import REPORTS


class IdentificationOut(Out):
    """Identified customers among all; `rate` is null while there is none."""

    customers: int
    identified: int
    rate: float | None


def declare(api: Api) -> None:
    """Add the route."""
    path = "/admin/reports/identification"
    api.route("GET", path, roles=REPORTS, scope="the corp", answers=IdentificationOut)(show)


def show(_: Request) -> IdentificationOut:
    """How many customers are known by a phone, CRM id or another identity of their own."""
    return IdentificationOut.model_validate(identification())
