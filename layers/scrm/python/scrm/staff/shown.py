"""What WeCom shows of the organisation, in our words."""

from collections.abc import Sequence

from scrm.staff.model import STATUS_BY_NUMBER, Department, key
from scrm.staff.organisation import SeenMember, Vanished
from scrm.wecom import contacts, customers
from scrm.wecom.client import WeCom
from scrm.wecom.errors import NoPermission, OutOfRange, UnknownDepartment, UnknownStaff


def departments(wecom: WeCom) -> list[Department]:
    """Return every visible department."""
    return [_department(each) for each in contacts.departments(wecom)]


def department(wecom: WeCom, department_id: int) -> Department | None:
    """Return one department, None when WeCom shows it no more."""
    try:
        return _department(contacts.department(wecom, department_id))
    except (UnknownDepartment, OutOfRange):
        return None


def members(wecom: WeCom, department_id: int) -> list[SeenMember]:
    """Return the members who belong to the department itself."""
    return [_member(each) for each in contacts.staff_of(wecom, department_id)]


def member(wecom: WeCom, userid: str) -> SeenMember | Vanished:
    """Return one member, or why WeCom does not show them."""
    try:
        return _member(contacts.staff(wecom, userid))
    except UnknownStaff:
        return "left"
    except OutOfRange:
        return "out_of_range"


def with_customer_contact(wecom: WeCom) -> frozenset[str] | None:
    """Return the keys of the members with the customer-contact feature; None when we may not ask."""
    try:
        return frozenset(key(userid) for userid in customers.staff_with_customers(wecom))
    except NoPermission:
        return None


def _department(row: contacts.Department) -> Department:
    return Department(row.id, row.name, row.parent_id, row.order, _texts(row.leaders))


def _member(row: contacts.Staff) -> SeenMember:
    return SeenMember(
        userid=row.userid,
        name=row.name,
        departments=row.departments,
        leads=row.leads,
        direct_leaders=_texts(row.leaders),
        status=STATUS_BY_NUMBER.get(row.status, "active"),
        position=row.position,
    )


def _texts(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(each for each in values if each)
