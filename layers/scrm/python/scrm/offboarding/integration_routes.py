"""/integrations/offboarding: another system says who leaves, and theirs is handed over (INH-12)."""

from dataclasses import replace

from pydantic import Field

from scrm.http.caller import Caller
from scrm.http.fields import In, Out
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.inheritance.console_models import Userid
from scrm.inheritance.model import PlanMode
from scrm.inheritance.plan import PlanStatus
from scrm.integrations.routes import SIGNED
from scrm.offboarding.console_models import GroupsHandedOut, HandOverIn
from scrm.offboarding.handing_over import hand_over
from scrm.offboarding.showing import groups_out
from scrm.staff.dynamodb import load_directory


class LeaverIn(In):
    """Who leaves, or has left; `note` is kept with the plan."""

    userid: Userid
    note: str = Field(default="", max_length=200)


class LeaverOut(Out):
    """The plan by the default rule, null where only groups are left; numbers are of relations.

    It runs for who has left. For who is still employed it is a draft that operations is asked to confirm.
    """

    userid: str
    mode: PlanMode
    plan_id: str | None
    status: PlanStatus | None
    needs_approval: bool
    items: int
    skipped: int
    unassigned: int
    groups: GroupsHandedOut


def declare(api: Api) -> None:
    """Add the route."""
    api.route("POST", "/integrations/offboarding", body=LeaverIn, answers=LeaverOut, status=201, **SIGNED)(
        leaves
    )


def leaves(request: Request) -> LeaverOut:
    """Hand over everything that is a member's who leaves, by the default rule."""
    asked: LeaverIn = request.body
    # Whoever holds a key may name anybody; the plan and its audit line name the key.
    acting = replace(request, caller=Caller(request.who, "operations_admin", "all"))
    handed = hand_over(acting, asked.userid, HandOverIn(note=asked.note or None), load_directory())
    plan, found = handed.made or (None, None)
    return LeaverOut(
        userid=handed.userid,
        mode=handed.mode,
        plan_id=plan.plan_id if plan else None,
        status=plan.status if plan else None,
        needs_approval=handed.waits,
        items=len(found.items) if found else 0,
        skipped=len(found.skipped) if found else 0,
        unassigned=len(found.unassigned) if found else 0,
        groups=groups_out(handed.groups),
    )
