"""Staff 成员 and departments 部门: who they are, where they belong, what they may see."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from scrm.http.caller import DataScope, Role

MemberStatus = Literal["active", "disabled", "not_activated", "left"]

# WeCom's numbers (contacts, status: 1 active, 2 disabled, 4 not activated, 5 left).
STATUS_BY_NUMBER: Mapping[int, MemberStatus] = {1: "active", 2: "disabled", 4: "not_activated", 5: "left"}


def key(userid: str) -> str:
    """Return the form under which a userid is looked up: WeCom compares them without regard to case."""
    return userid.lower()


@dataclass(frozen=True)
class Member:
    """One member of the corp. `userid` is spelled as WeCom spells it; look it up by `key`.

    `can_contact` says whether WeCom granted them the customer-contact feature 客户联系; `leads` are the
    departments they lead. `version` grows with each change an administrator makes.
    """

    userid: str
    name: str
    status: MemberStatus = "active"
    role: Role = "staff"
    data_scope: DataScope = "own"
    departments: tuple[int, ...] = ()
    leads: tuple[int, ...] = ()
    direct_leaders: tuple[str, ...] = ()
    position: str = ""
    can_contact: bool = False
    version: int = 1
    created_at: str = ""
    updated_at: str = ""

    @property
    def key(self) -> str:
        """The form under which the member is looked up."""
        return key(self.userid)

    @property
    def may_take_customers(self) -> bool:
        """Whether a code or an assignment may name them: active, with the customer-contact feature."""
        return self.status == "active" and self.can_contact


@dataclass(frozen=True)
class Department:
    """One department; the root's `parent_id` is 0. A larger `order` comes first. `leaders` are userids."""

    department_id: int
    name: str
    parent_id: int = 0
    order: int = 0
    leaders: tuple[str, ...] = ()


@dataclass(frozen=True)
class Directory:
    """Everybody and every department, by key and by id."""

    members: Mapping[str, Member] = field(default_factory=dict)
    departments: Mapping[int, Department] = field(default_factory=dict)

    def get(self, userid: str) -> Member | None:
        """Return the member, however the userid is spelled, or None."""
        return self.members.get(key(userid))

    def name_of(self, userid: str) -> str:
        """Return the member's name, or the userid of somebody unknown."""
        member = self.get(userid)
        return member.name if member and member.name else userid

    def below(self, department_ids: Iterable[int]) -> frozenset[int]:
        """Return the departments given and all below them."""
        children: dict[int, list[int]] = {}
        for each in self.departments.values():
            children.setdefault(each.parent_id, []).append(each.department_id)
        found: set[int] = set()
        open_ids = list(department_ids)
        while open_ids:
            here = open_ids.pop()
            if here not in found:
                found.add(here)
                open_ids.extend(children.get(here, ()))
        return frozenset(found)

    def in_departments(self, department_ids: Iterable[int]) -> list[Member]:
        """Return the members who belong to one of the departments, by key."""
        wanted = set(department_ids)
        return [self.members[k] for k in sorted(self.members) if wanted & set(self.members[k].departments)]

    def leaders_of(self, userid: str) -> list[Member]:
        """Return the active members above somebody: direct leaders first, then their departments'."""
        member = self.get(userid)
        if member is None:
            return []
        named = list(member.direct_leaders)
        for department_id in member.departments:
            here = self.departments.get(department_id)
            named += here.leaders if here else ()
        named += [m.userid for m in self.members.values() if set(m.leads) & set(member.departments)]
        found = (self.get(each) for each in dict.fromkeys(key(each) for each in named))
        return [each for each in found if each and each.key != member.key and each.status == "active"]
