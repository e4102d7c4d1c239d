"""Members and departments the app can see, and WeCom's own addresses. WeCom documents 90196 to 90208."""

from dataclasses import dataclass
from typing import Any

from scrm.wecom.client import WeCom

ROOT_DEPARTMENT = 1


@dataclass(frozen=True)
class Staff:
    """A member. `status`: 1 active, 2 disabled, 4 not activated, 5 left; 0 where the call does not tell.

    `leads` are the departments in which they are a leader; `leaders` their direct leaders' userids.
    """

    userid: str
    name: str
    departments: tuple[int, ...]
    main_department: int
    position: str
    alias: str
    status: int
    leads: tuple[int, ...]
    leaders: tuple[str, ...]


@dataclass(frozen=True)
class Department:
    """A department; the name is "" where the call does not tell it. A larger `order` comes first."""

    id: int
    name: str
    parent_id: int
    order: int
    leaders: tuple[str, ...]


def staff(wecom: WeCom, userid: str) -> Staff:
    """Return one member. Raises UnknownStaff, OutOfRange."""
    return _staff(wecom.call("GET", "/cgi-bin/user/get", params={"userid": userid}, idempotent=True))


def staff_of(wecom: WeCom, department_id: int) -> tuple[Staff, ...]:
    """Return the members of one department, without those of the departments below it."""
    answer = wecom.call("GET", "/cgi-bin/user/list", params={"department_id": department_id}, idempotent=True)
    return tuple(_staff(row) for row in answer.get("userlist", []))


def staff_names_of(wecom: WeCom, department_id: int) -> tuple[Staff, ...]:
    """Return as `staff_of`, with nothing but userid, name and departments: where full rows are too many."""
    answer = wecom.call(
        "GET", "/cgi-bin/user/simplelist", params={"department_id": department_id}, idempotent=True
    )
    return tuple(_staff(row) for row in answer.get("userlist", []))


def departments(wecom: WeCom, below: int | None = None) -> tuple[Department, ...]:
    """Return the visible departments, or those from `below` on downwards."""
    answer = wecom.call("GET", "/cgi-bin/department/list", params=_id(below), idempotent=True)
    return tuple(_department(row) for row in answer.get("department", []))


def department_tree(wecom: WeCom, below: int | None = None) -> tuple[Department, ...]:
    """Return as `departments`, without names: quick, and recursive by WeCom's own word."""
    answer = wecom.call("GET", "/cgi-bin/department/simplelist", params=_id(below), idempotent=True)
    return tuple(_department(row) for row in answer.get("department_id", []))


def department(wecom: WeCom, department_id: int) -> Department:
    """Return one department. Raises UnknownDepartment, OutOfRange."""
    answer = wecom.call("GET", "/cgi-bin/department/get", params={"id": department_id}, idempotent=True)
    return _department(answer.get("department", {}))


def callback_addresses(wecom: WeCom) -> tuple[str, ...]:
    """Return the addresses and ranges callbacks come from; they change, so ask daily."""
    return _addresses(wecom.call("GET", "/cgi-bin/getcallbackip", idempotent=True))


def api_addresses(wecom: WeCom) -> tuple[str, ...]:
    """Return the addresses and ranges of the API's hosts, for a firewall."""
    return _addresses(wecom.call("GET", "/cgi-bin/get_api_domain_ip", idempotent=True))


def _addresses(answer: dict[str, Any]) -> tuple[str, ...]:
    return tuple(str(each) for each in answer.get("ip_list", []))


def _id(department_id: int | None) -> dict[str, str | int] | None:
    return None if department_id is None else {"id": department_id}


def _staff(row: dict[str, Any]) -> Staff:
    in_departments = tuple(int(each) for each in row.get("department") or ())
    flags = row.get("is_leader_in_dept") or ()
    return Staff(
        userid=str(row["userid"]),
        name=str(row.get("name") or ""),
        departments=in_departments,
        main_department=int(row.get("main_department") or (in_departments[0] if in_departments else 0)),
        position=str(row.get("position") or ""),
        alias=str(row.get("alias") or ""),
        status=int(row.get("status") or 0),
        leads=tuple(each for each, leads in zip(in_departments, flags, strict=False) if int(leads or 0)),
        leaders=tuple(str(each) for each in row.get("direct_leader") or ()),
    )


def _department(row: dict[str, Any]) -> Department:
    return Department(
        id=int(row.get("id") or 0),
        name=str(row.get("name") or ""),
        parent_id=int(row.get("parentid") or 0),
        order=int(row.get("order") or 0),
        leaders=tuple(str(each) for each in row.get("department_leader") or ()),
    )
