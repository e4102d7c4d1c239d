"""What the directory becomes when WeCom shows departments and members (spec ADM-05).

WeCom owns names, departments, leaders, status and the customer-contact feature; roles and data scopes are
ours and are not touched, with two exceptions: the first administrator of a corp that has none, and somebody
who comes back after having left, since WeCom may give a userid to a new person: they start as plain staff.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from scrm.http.caller import Role
from scrm.staff.model import Department, Directory, Member, MemberStatus, key

Vanished = Literal["left", "out_of_range"]


@dataclass(frozen=True)
class SeenMember:
    """One member as WeCom shows them. `leads` are the departments WeCom marks them leader of."""

    userid: str
    name: str = ""
    departments: tuple[int, ...] = ()
    leads: tuple[int, ...] = ()
    direct_leaders: tuple[str, ...] = ()
    status: MemberStatus = "active"
    position: str = ""


def leads_by_department(seen: SeenMember, departments: Iterable[Department]) -> tuple[int, ...]:
    """Return the departments the member leads, by their own mark or by the department's."""
    named = {
        each.department_id for each in departments if seen.userid.lower() in (key(u) for u in each.leaders)
    }
    return tuple(sorted(named | set(seen.leads)))


def arrived(seen: SeenMember, stored: Member | None, at: str, *, can_contact: bool) -> Member:
    """Return the member as they are to be stored. `at` is RFC 3339 in UTC."""
    known = stored if stored and stored.status != "left" else None
    base = known or Member(
        userid=seen.userid,
        name=seen.name,
        version=stored.version + 1 if stored else 1,
        created_at=stored.created_at if stored else at,
    )
    fresh = replace(
        base,
        userid=seen.userid,
        name=seen.name or base.name,
        departments=seen.departments,
        leads=seen.leads,
        direct_leaders=seen.direct_leaders,
        position=seen.position,
        status=seen.status,
        can_contact=can_contact,
    )
    return fresh if fresh == stored else replace(fresh, updated_at=at)


def gone(stored: Member, why: Vanished, at: str) -> Member:
    """Return a member whom WeCom no longer shows: left, or outside the app's visible range."""
    status: MemberStatus = "left" if why == "left" else stored.status
    fresh = replace(stored, status=status, can_contact=False)
    return fresh if fresh == stored else replace(fresh, updated_at=at)


def renamed(stored: Member, new_userid: str, at: str) -> Member:
    """Return the member under the id that WeCom gave them instead; rights go with the person."""
    return replace(stored, userid=new_userid, updated_at=at)


def with_first_admin(members: Mapping[str, Member], userid: str, at: str) -> Member | None:
    """Return `userid` as operations administrator when there is none, else None.

    An administrator who left or was disabled does not count: nobody could give the role to anybody.
    """
    if any(each.role == "operations_admin" and each.status == "active" for each in members.values()):
        return None
    chosen = members.get(key(userid))
    if chosen is None or chosen.status == "left":
        return None
    return replace(
        chosen, role="operations_admin", data_scope="all", version=chosen.version + 1, updated_at=at
    )


def suggested_role(member: Member) -> Role | None:
    """Return the role the organisation suggests, None when it suggests nothing else.

    A leader of a department is suggested team lead; an administrator decides, nothing changes silently.
    """
    return "team_lead" if member.leads and member.role == "staff" and member.status != "left" else None


def is_last_admin(member: Member, directory: Directory) -> bool:
    """Return whether no other active operations administrator would be left without this one."""
    others = (each for each in directory.members.values() if each.key != member.key)
    return member.role == "operations_admin" and not any(
        each.role == "operations_admin" and each.status == "active" for each in others
    )


def vanished(stored: Directory, seen: Collection[str]) -> list[Member]:
    """Return the members stored as present whom WeCom did not show; `seen` holds userid keys."""
    return [each for each in stored.members.values() if each.status != "left" and each.key not in seen]
