"""Rows of staff and departments. `STAFF` holds everybody, `ORGANISATION` the departments."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from pynamodb.attributes import BooleanAttribute, ListAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from scrm.kept import Kept
from scrm.staff.model import Department, Directory, Member, key
from scrm.table import Row

STAFF = "STAFF"
ORGANISATION = "ORGANISATION"


class StaffRow(Row):
    """One member."""

    userid = UnicodeAttribute()
    name = UnicodeAttribute()
    status = UnicodeAttribute()
    role = UnicodeAttribute()
    data_scope = UnicodeAttribute()
    departments: ListAttribute[Any] = ListAttribute(of=NumberAttribute)
    leads: ListAttribute[Any] = ListAttribute(of=NumberAttribute)
    direct_leaders: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute)
    position = UnicodeAttribute(null=True)
    can_contact = BooleanAttribute(default=False)
    version = NumberAttribute(default=1)
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()

    def entity(self) -> Member:
        """Return the row as the rest of the product knows it."""
        return Member(
            userid=self.userid,
            name=self.name,
            status=self.status,  # type: ignore[arg-type]  # only our own writer fills it
            role=self.role,  # type: ignore[arg-type]  # only our own writer fills it
            data_scope=self.data_scope,  # type: ignore[arg-type]  # only our own writer fills it
            departments=tuple(int(each) for each in self.departments),
            leads=tuple(int(each) for each in self.leads),
            direct_leaders=tuple(self.direct_leaders),
            position=self.position or "",
            can_contact=self.can_contact,
            version=int(self.version),
            created_at=self.created_at,
            updated_at=self.updated_at,
        )

    @classmethod
    def of(cls, member: Member) -> "StaffRow":
        """Return the row of a member."""
        return cls(
            STAFF,
            f"STAFF#{member.key}",
            userid=member.userid,
            name=member.name,
            status=member.status,
            role=member.role,
            data_scope=member.data_scope,
            departments=list(member.departments),
            leads=list(member.leads),
            direct_leaders=list(member.direct_leaders),
            position=member.position or None,
            can_contact=member.can_contact,
            version=member.version,
            created_at=member.created_at,
            updated_at=member.updated_at,
        )


class DepartmentRow(Row):
    """One department."""

    department_id = NumberAttribute()
    name = UnicodeAttribute()
    parent_id = NumberAttribute(default=0)
    order = NumberAttribute(default=0)
    leaders: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute)

    def entity(self) -> Department:
        """Return the row as the rest of the product knows it."""
        return Department(
            department_id=int(self.department_id),
            name=self.name,
            parent_id=int(self.parent_id),
            order=int(self.order),
            leaders=tuple(self.leaders),
        )

    @classmethod
    def of(cls, department: Department) -> "DepartmentRow":
        """Return the row of a department."""
        return cls(
            ORGANISATION,
            f"DEPARTMENT#{department.department_id}",
            department_id=department.department_id,
            name=department.name,
            parent_id=department.parent_id,
            order=department.order,
            leaders=list(department.leaders),
        )


def member(userid: str, *, consistent: bool = False) -> Member | None:
    """Return the member as stored now, however the userid is spelled, or None. 0.5 RRU, consistently 1."""
    try:
        return StaffRow.get(STAFF, f"STAFF#{key(userid)}", consistent_read=consistent).entity()
    except StaffRow.DoesNotExist:
        return None


def load_directory() -> Directory:
    """Return everybody and every department as stored now: two queries, by bytes."""
    members = [row.entity() for row in StaffRow.query(STAFF, StaffRow.sk.startswith("STAFF#"))]
    departments = load_departments()
    return Directory({each.key: each for each in members}, {each.department_id: each for each in departments})


def load_departments() -> list[Department]:
    """Return every department as stored now: one query, by bytes."""
    rows = DepartmentRow.query(ORGANISATION, DepartmentRow.sk.startswith("DEPARTMENT#"))
    return [row.entity() for row in rows]


def put_from_wecom(now_is: Member, *, forgets_rights: bool = False) -> None:
    """Store what WeCom owns of a member; role and scope stay as they are stored, also when just changed.

    `forgets_rights` starts somebody anew who comes back after having left. Repeating is safe. 1 WRU.
    """
    rights: list[Action] = [
        StaffRow.role.set(now_is.role if forgets_rights else StaffRow.role | now_is.role),
        StaffRow.data_scope.set(
            now_is.data_scope if forgets_rights else StaffRow.data_scope | now_is.data_scope
        ),
        StaffRow.version.set(now_is.version if forgets_rights else StaffRow.version | now_is.version),
    ]
    owned: list[Action] = [
        StaffRow.userid.set(now_is.userid),
        StaffRow.name.set(now_is.name),
        StaffRow.status.set(now_is.status),
        StaffRow.departments.set(list(now_is.departments)),
        StaffRow.leads.set(list(now_is.leads)),
        StaffRow.direct_leaders.set(list(now_is.direct_leaders)),
        StaffRow.position.set(now_is.position),
        StaffRow.can_contact.set(now_is.can_contact),
        StaffRow.created_at.set(StaffRow.created_at | now_is.created_at),
        StaffRow.updated_at.set(now_is.updated_at),
    ]
    StaffRow(STAFF, f"STAFF#{now_is.key}").update(actions=[*owned, *rights])
    _directory.forget()


def put_rights_step(now_is: Member, expected_version: int) -> Callable[[TransactWrite], None]:
    """Return the transaction step that stores role and scope over version `expected_version`."""
    actions: list[Action] = [
        StaffRow.role.set(now_is.role),
        StaffRow.data_scope.set(now_is.data_scope),
        StaffRow.version.set(now_is.version),
        StaffRow.updated_at.set(now_is.updated_at),
    ]
    row = StaffRow(STAFF, f"STAFF#{now_is.key}")
    return lambda transaction: transaction.update(
        row, actions=actions, condition=StaffRow.version == expected_version
    )


def keeps_role_step(admin: Member) -> Callable[[TransactWrite], None]:
    """Return the transaction step that refuses unless `admin` still is an active operations administrator.

    It writes the role that is there: a condition check alone would be one more right to grant.
    """
    still = (StaffRow.role == "operations_admin") & (StaffRow.status == "active")
    row = StaffRow(STAFF, f"STAFF#{admin.key}")
    return lambda transaction: transaction.update(
        row, actions=[StaffRow.role.set("operations_admin")], condition=still
    )


def put_department(department: Department) -> None:
    """Store a department as WeCom has it. Repeating is safe."""
    DepartmentRow.of(department).save()
    _directory.forget()


def remove_department(department_id: int) -> None:
    """Forget a department that WeCom no longer has. Repeating is safe."""
    DepartmentRow(ORGANISATION, f"DEPARTMENT#{department_id}").delete()
    _directory.forget()


_directory = Kept(load_directory)


def directory(now: datetime) -> Directory:
    """Return everybody and every department, at most a minute old."""
    return _directory.get(now)


def forget_directory() -> None:
    """Load the directory again at the next call, after a change made in this process."""
    _directory.forget()
