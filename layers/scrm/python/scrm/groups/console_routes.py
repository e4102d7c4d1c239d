"""/admin/groups: customer groups 客户群 within the caller's data scope, and who is in them (SVC-13)."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from scrm.admin.rights import OPERATIONS, SEE_CUSTOMERS
from scrm.customers.dynamodb import Customers
from scrm.customers.model import Contact
from scrm.groups import dynamodb as stored
from scrm.groups import nightly
from scrm.groups.model import Group, Listed, Member
from scrm.groups.models import GroupOut, GroupsQuery, MemberOut, WholeGroupOut
from scrm.http import paging, problems
from scrm.http.fields import Page
from scrm.http.routing import Api, Request
from scrm.http.scope import colleagues, may_see_of, sees_everybody
from scrm.jobs.models import JobOut
from scrm.jobs.starting import begin
from scrm.staff.dynamodb import directory
from scrm.staff.model import Directory, key

ROOT = "/admin/groups"
MOST_READ = 2_000
"""A page looks at so many groups at most; a rare status may give a short page."""
FEW = 20
"""So many owners are asked for one by one; of more, everybody's groups are gone through."""


def declare(api: Api) -> None:
    """Add the routes."""
    seen: dict[str, Any] = {"roles": SEE_CUSTOMERS, "scope": "groups of owners within the data scope"}
    api.route("GET", ROOT, **seen, query=GroupsQuery, answers=Page[GroupOut])(list_groups)
    api.route("GET", f"{ROOT}/{{chat_id}}", **seen, answers=WholeGroupOut)(show)
    api.route(
        "POST", f"{ROOT}:sync", roles=OPERATIONS, scope="corp", answers=JobOut, status=202, creates=True
    )(sync)


def list_groups(request: Request) -> Page[GroupOut]:
    """Groups by owner. A page may be short, even empty, and have a next one."""
    asked: GroupsQuery = request.query
    people = directory(request.now)
    if asked.owner and not may_see_of(request.staff, asked.owner, people):
        raise problems.forbidden()
    start = paging.decode(stored.GROUPS, asked.cursor, free=("after",))
    after = str(start["after"]) if start else ""
    found: list[Listed] = []
    for read, each in enumerate(_within(_owners(request, asked, people), after), 1):
        if len(found) == asked.limit or read > MOST_READ:
            return Page(
                items=[_out(one, people) for one in found],
                next_cursor=paging.encode(stored.GROUPS, {"after": after}),
            )
        after = stored.place_of(each)
        if asked.status in {None, each.status}:
            found.append(each)
    return Page(items=[_out(each, people) for each in found])


def show(request: Request) -> WholeGroupOut:
    """One group with its members, those named who are customers."""
    people = directory(request.now)
    group = stored.group(request.params["chat_id"])
    if group is None or not may_see_of(request.staff, group.owner, people):
        raise problems.not_found("没有这个客户群") if sees_everybody(request.staff) else problems.forbidden()
    contacts = Customers().contacts(group.outside)
    return WholeGroupOut(
        **_out(group.listed, people).model_dump(),
        notice=group.notice,
        admins=list(group.admins),
        dismissed_at=group.dismissed_at,
        read_at=group.read_at,
        members=[_member(each, contacts, people) for each in _in_order(group)],
    )


def sync(request: Request) -> JobOut:
    """Make groups what WeCom says they are: a job."""
    return JobOut.model_validate(begin(request, nightly.KIND, params={}, starts=(nightly.START,)))


def _owners(request: Request, asked: GroupsQuery, people: Directory) -> frozenset[str] | None:
    if asked.owner:
        return frozenset({key(asked.owner)})
    return colleagues(request.staff, people)


def _within(owners: frozenset[str] | None, after: str) -> Iterator[Listed]:
    """Yield the groups of some owners, or of all, behind a place."""
    if owners is None:
        yield from stored.listed(after=after)
    elif len(owners) <= FEW:
        for owner in sorted(owners):
            if owner >= after.partition("#")[0]:
                yield from stored.listed(owner, after if after.startswith(f"{owner}#") else "")
    else:
        yield from (each for each in stored.listed(after=after) if key(each.owner) in owners)


def _out(shown: Listed, people: Directory) -> GroupOut:
    return GroupOut(
        chat_id=shown.chat_id,
        name=shown.name,
        owner=shown.owner,
        owner_name=people.name_of(shown.owner),
        status=shown.status,
        owner_state=shown.owner_state,
        member_count=shown.member_count,
        customers=shown.customers,
        created_at=shown.created_at,
    )


def _in_order(group: Group) -> list[Member]:
    return sorted(group.members, key=lambda each: each.joined_at)


def _member(member: Member, contacts: dict[str, Contact], people: Directory) -> MemberOut:
    more: dict[str, Any] = {
        "joined_at": datetime.fromtimestamp(member.joined_at, UTC) if member.joined_at else None,
        "scene": member.scene,
        "state": member.state,
    }
    if not member.outside:
        return MemberOut(kind="staff", name=people.name_of(member.id), userid=member.id, **more)
    contact = contacts.get(member.id)
    if contact is None:
        return MemberOut(kind="stranger", name="", **more)
    return MemberOut(
        kind="customer",
        name=contact.name,
        external_userid=contact.external_userid,
        customer_id=contact.customer_id,
        **more,
    )
