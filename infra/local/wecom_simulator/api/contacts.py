"""Members and departments (documentation 90196, 90200, 90201, 90208, 95350, 95351, 96067)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..calls import Call
from ..errors import Refused
from ..model import Department, Staff
from ..registry import endpoint
from .lookups import page_size, paged, staff_of

if TYPE_CHECKING:
    from ..simulator import Simulator


def member_row(staff: Staff) -> dict[str, Any]:
    """Return what apps made after 2022-06-20 get: no mobile, mail, gender or avatar."""
    return {
        "userid": staff.userid,
        "name": staff.name,
        "department": staff.department,
        "main_department": staff.main_department or staff.department[0],
        "order": [0] * len(staff.department),
        "position": staff.position,
        "is_leader_in_dept": staff.is_leader_in_dept or [0] * len(staff.department),
        "direct_leader": staff.direct_leader,
        "status": staff.status,
        "alias": staff.alias,
        "telephone": "",
        "external_position": staff.external_position,
        "extattr": {"attrs": []},
    }


@endpoint("GET", "user/get")
def get_member(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return one member: 60111 for one who left or never was, 60011 outside the range."""
    userid = call.query.get("userid")
    if not userid:
        raise Refused(41009)
    return member_row(staff_of(sim, call, userid, unknown=60111))


@endpoint("GET", "user/simplelist", {"userlist": []})
def list_names(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return the members of one department. `fetch_child` is ignored: it is gone from the present pages."""
    rows = _members_of_department(sim, call)
    return {
        "userlist": [{"userid": row.userid, "name": row.name, "department": row.department} for row in rows]
    }


@endpoint("GET", "user/list", {"userlist": []})
def list_members(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return the members of one department in full."""
    return {"userlist": [member_row(row) for row in _members_of_department(sim, call)]}


def _members_of_department(sim: Simulator, call: Call) -> list[Staff]:
    department = _department(sim, call, call.query.get("department_id", "")).id
    world = sim.world
    return [row for row in world.employed() if department in row.department and world.visible(call.app, row)]


@endpoint("POST", "user/list_id", {"dept_user": []})
def list_ids(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return one row per member and department; only the contacts-sync secret may ask (48002)."""
    if not call.app.contacts_sync:
        raise Refused(48002)
    rows = [{"userid": row.userid, "department": d} for row in sim.world.employed() for d in row.department]
    size = page_size(call.body.get("limit"), 10_000, 10_000, 10_000)
    page, cursor = paged(call, rows, size, _dept_user_mark, call.body.get("cursor"))
    return {"next_cursor": cursor, "dept_user": list(page)}


def _dept_user_mark(row: dict[str, Any]) -> str:
    return f"{row['userid']}|{row['department']}"


@endpoint("GET", "department/list", {"department": []})
def list_departments(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return the department and all below it; without id, all that the app sees."""
    return {"department": [_department_row(sim, row) for row in _subtree(sim, call)]}


@endpoint("GET", "department/simplelist", {"department_id": []})
def list_department_ids(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return ids, parents and order of the department and all below it."""
    rows = _subtree(sim, call)
    return {"department_id": [{"id": row.id, "parentid": row.parentid, "order": row.order} for row in rows]}


@endpoint("GET", "department/get", {"department": {}})
def get_department(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return one department."""
    return {"department": _department_row(sim, _department(sim, call, call.query.get("id", "")))}


def _department_row(sim: Simulator, row: Department) -> dict[str, Any]:
    leaders = [
        staff.userid
        for staff in sim.world.employed()
        if any(
            d == row.id and lead for d, lead in zip(staff.department, staff.is_leader_in_dept, strict=False)
        )
    ]
    return {
        "id": row.id,
        "name": row.name,
        "name_en": "",
        "department_leader": leaders,
        "parentid": row.parentid,
        "order": row.order,
    }


def _subtree(sim: Simulator, call: Call) -> list[Department]:
    world = sim.world
    visible = _visible_departments(sim, call)
    wanted = visible
    if call.query.get("id"):
        wanted = visible & world.subtree(_department(sim, call, call.query["id"]).id)
    return [row for row in world.departments.values() if row.id in wanted]


def _visible_departments(sim: Simulator, call: Call) -> set[int]:
    world = sim.world
    if call.app.visible_users is None and call.app.visible_departments is None:
        return set(world.departments)
    visible: set[int] = set()
    for department in call.app.visible_departments or []:
        visible |= world.subtree(department)
    return visible


def _department(sim: Simulator, call: Call, text: str) -> Department:
    row = sim.world.departments.get(int(text)) if text.isdigit() else None
    if row is None:
        raise Refused(60003 if text.isdigit() else 40058)
    if row.id not in _visible_departments(sim, call):
        raise Refused(60011)
    return row
