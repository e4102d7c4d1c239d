"""Who makes a request, as the authorizer has established it."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

Role = Literal[
    "staff",
    "team_lead",
    "operations_admin",
    "pool_admin",
    "service",
    "marketing",
    "finance",
    "hr",
    "auditor",
]
ROLES: frozenset[str] = frozenset(get_args(Role))

DataScope = Literal["own", "team", "department", "all"]


@dataclass(frozen=True)
class Caller:
    """A member of the corp with a valid session.

    `departments` are the ids the member belongs to, `leads` the ids of the departments they lead.
    `data_scope` bounds which colleagues' customers they may see (spec ADM-02).
    """

    userid: str
    role: Role
    data_scope: DataScope
    departments: tuple[int, ...] = ()
    leads: tuple[int, ...] = ()
    from_cookie: bool = False
    renew: bool = False

    def context(self) -> dict[str, str]:
        """Return the caller as an authorizer's context: flat text values."""
        return {
            "userid": self.userid,
            "role": self.role,
            "data_scope": self.data_scope,
            "departments": ",".join(map(str, self.departments)),
            "leads": ",".join(map(str, self.leads)),
            "from_cookie": "1" if self.from_cookie else "",
            "renew": "1" if self.renew else "",
        }

    @staticmethod
    def unknown_for_now(event: dict[str, Any]) -> bool:
        """Return whether the authorizer could not tell who calls, because something of ours was down."""
        context = event.get("requestContext", {}).get("authorizer", {}).get("lambda") or {}
        return bool(context.get("unavailable"))

    @classmethod
    def of(cls, event: dict[str, Any]) -> "Caller | None":
        """Return the caller of an HTTP API event, or None when there is no session."""
        context = event.get("requestContext", {}).get("authorizer", {}).get("lambda") or {}
        if not context.get("userid") or context.get("role") not in ROLES:
            return None
        return cls(
            userid=context["userid"],
            role=context["role"],
            data_scope=context["data_scope"],
            departments=_numbers(context["departments"]),
            leads=_numbers(context["leads"]),
            from_cookie=bool(context.get("from_cookie")),
            renew=bool(context.get("renew")),
        )


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(","))) if text else ()
