"""Who sees which reports, and whose work in them."""

from scrm.http.caller import Role
from scrm.http.request import Request
from scrm.http.scope import colleagues
from scrm.staff import dynamodb as staff

CORP: frozenset[Role] = frozenset({"operations_admin", "marketing", "finance", "auditor"})
TEAM: frozenset[Role] = CORP | {"team_lead"}
MONEY: frozenset[Role] = frozenset({"operations_admin", "finance", "auditor"})
SALES: frozenset[Role] = MONEY | {"team_lead"}
SCOPE = "the corp; a team leader's own data scope"


def members_seen(request: Request) -> frozenset[str] | None:
    """Return the members whose work the caller may see, None for all."""
    if request.staff.role != "team_lead":
        return None
    return colleagues(request.staff, staff.directory(request.now))
