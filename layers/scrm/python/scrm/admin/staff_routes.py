"""/admin/staff, /admin/departments and the pull of the organisation from WeCom."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Literal

from pydantic import Field

from scrm.admin.audited import audited
from scrm.admin.lists import page_of
from scrm.admin.rights import OPERATIONS, SEE_STAFF
from scrm.audit.dynamodb import Step
from scrm.http import problems
from scrm.http.caller import DataScope, Role
from scrm.http.fields import In, Out, Page, PageQuery
from scrm.http.routing import Api, Request
from scrm.staff import dynamodb as stored
from scrm.staff.model import Directory, Member, MemberStatus
from scrm.staff.organisation import is_last_admin, suggested_role
from scrm.staff.sync import SyncOutcome
from scrm.table import rfc3339


class StaffQuery(PageQuery):
    """Which members: by role, by department (with those below), by status; `q` is part of name or userid."""

    role: Role | None = None
    department: int | None = Field(default=None, ge=1)
    status: MemberStatus | None = None
    q: str | None = Field(default=None, max_length=64)


class StaffOut(Out):
    """One member of the corp. `suggested_role` comes from the organisation; an administrator decides."""

    userid: str
    name: str
    status: MemberStatus
    role: Role
    data_scope: DataScope
    departments: list[int]
    leads: list[int]
    direct_leaders: list[str]
    position: str
    can_contact: bool
    suggested_role: Role | None = None
    version: int
    created_at: str
    updated_at: str


class RightsIn(In):
    """What a member may do and see. What is left out stays; `version` is the one that was read."""

    role: Role | None = None
    data_scope: DataScope | None = None
    version: int | None = Field(default=None, ge=1)


class DepartmentOut(Out):
    """One department; the root's parent is 0."""

    department_id: int
    name: str
    parent_id: int
    order: int
    leaders: list[str]


class SyncOut(Out):
    """What a pull of the organisation found and changed."""

    departments: int
    members: int
    changed: int
    left: int
    first_admin: str | None = None


Pull = Callable[[datetime], SyncOutcome]


def declare(api: Api, pull: Pull) -> None:
    """Add the routes; `pull` reads the organisation from WeCom now."""
    api.route("GET", "/admin/staff", roles=SEE_STAFF, scope="corp", query=StaffQuery, answers=Page[StaffOut])(
        listed
    )
    api.route("GET", "/admin/staff/{userid}", roles=SEE_STAFF, scope="corp", answers=StaffOut)(one)
    api.route(
        "PUT", "/admin/staff/{userid}", roles=OPERATIONS, scope="corp", body=RightsIn, answers=StaffOut
    )(set_rights)
    api.route(
        "GET",
        "/admin/departments",
        roles=SEE_STAFF,
        scope="corp",
        query=PageQuery,
        answers=Page[DepartmentOut],
    )(departments)

    @api.route("POST", "/admin/organisation:sync", roles=OPERATIONS, scope="corp", answers=SyncOut)
    def sync(request: Request) -> SyncOut:
        """Pull departments, staff and tags from WeCom now."""
        outcome = pull(request.now)
        done = SyncOut.model_validate(outcome)
        audited(request, "organisation_synced", "ORGANISATION", None, done.model_dump())
        return done


def listed(request: Request) -> Page[StaffOut]:
    """The members of the corp, by userid; those who left are listed too, with status left."""
    asked: StaffQuery = request.query
    directory = stored.load_directory()
    rows = [each for each in directory.members.values() if _wanted(each, asked, directory)]
    page, cursor = page_of("STAFF", rows, lambda each: each.key, asked.limit, asked.cursor)
    return Page(items=[_out(each) for each in page], next_cursor=cursor)


def _wanted(member: Member, asked: StaffQuery, directory: Directory) -> bool:
    words = (asked.q or "").lower()
    within = directory.below([asked.department]) if asked.department else None
    return (
        (asked.role is None or member.role == asked.role)
        and (asked.status is None or member.status == asked.status)
        and (within is None or bool(within & set(member.departments)))
        and (words in member.key or words in member.name.lower())
    )


def one(request: Request) -> StaffOut:
    """One member of the corp."""
    return _out(_member(request.params["userid"]))


def set_rights(request: Request) -> StaffOut:
    """Give a member a role and a data scope.

    Without a data scope, a changed role brings its usual one. The last operations administrator keeps the
    role: 409 last_admin.
    """
    wanted: RightsIn = request.body
    member = _member(request.params["userid"])
    if wanted.version is not None and wanted.version != member.version:
        raise problems.version_conflict()
    role = wanted.role or member.role
    scope = wanted.data_scope or (USUAL_SCOPE[role] if role != member.role else member.data_scope)
    if role == member.role and scope == member.data_scope:
        audited(
            request, "rights_confirmed", f"STAFF#{member.userid}", None, {"role": role, "data_scope": scope}
        )
        return _out(member)
    changed = replace(
        member, role=role, data_scope=scope, version=member.version + 1, updated_at=rfc3339(request.now)
    )
    writes: list[Step] = [stored.put_rights_step(changed, member.version)]
    if member.role == "operations_admin" and role != "operations_admin":
        writes.append(stored.keeps_role_step(_another_admin(member)))
    elif member.status == "left":
        raise problems.conflict("member_left", "该成员已离职，不能再授权")
    audited(request, "rights_changed", f"STAFF#{member.userid}", _rights(member), _rights(changed), writes)
    stored.forget_directory()
    return _out(changed)


USUAL_SCOPE: dict[Role, DataScope] = {
    "staff": "own",
    "team_lead": "team",
    "operations_admin": "all",
    "pool_admin": "department",
    "service": "own",
    "marketing": "own",
    "finance": "all",
    "hr": "all",
    "auditor": "all",
}


def _another_admin(member: Member) -> Member:
    directory = stored.load_directory()
    if is_last_admin(member, directory):
        raise problems.conflict("last_admin", "这是最后一位运营管理员，请先指定另一位")
    return next(
        each
        for each in directory.members.values()
        if each.role == "operations_admin" and each.status == "active" and each.key != member.key
    )


def departments(request: Request) -> Page[DepartmentOut]:
    """The departments of the corp, by id."""
    asked: PageQuery = request.query
    rows = list(stored.load_directory().departments.values())
    page, cursor = page_of(
        "ORGANISATION", rows, lambda each: f"{each.department_id:012d}", asked.limit, asked.cursor
    )
    return Page(items=[DepartmentOut.model_validate(each) for each in page], next_cursor=cursor)


def _member(userid: str) -> Member:
    member = stored.member(userid)
    if member is None:
        raise problems.not_found("没有这位成员")
    return member


def _rights(member: Member) -> dict[str, Literal[True] | str]:
    return {"role": member.role, "data_scope": member.data_scope}


def _out(member: Member) -> StaffOut:
    return StaffOut.model_validate(member).model_copy(update={"suggested_role": suggested_role(member)})
