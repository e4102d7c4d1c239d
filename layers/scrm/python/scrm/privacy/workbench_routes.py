"""DELETE /workbench/customers/{external_userid}: staff cannot delete what is the enterprise's (ADM-04)."""

from scrm.admin.rights import OPERATIONS
from scrm.http.routing import Api
from scrm.privacy.models import EraseIn, ErasureOut
from scrm.privacy.person_routes import erase


def declare(api: Api) -> None:
    """Add the route; it is the console's erasure under the address a member would try."""
    api.route(
        "DELETE",
        "/workbench/customers/{external_userid}",
        roles=OPERATIONS,
        scope="every customer",
        body=EraseIn,
        answers=ErasureOut,
        status=202,
    )(erase)
