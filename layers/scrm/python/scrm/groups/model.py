"""A customer group 客户群 as everything else knows it. Pure; times in UTC (docs/decisions/0030)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from scrm.staff.model import key

GroupStatus = Literal["active", "dismissed"]
OwnerState = Literal["normal", "resigned", "transferring", "transferred"]

OWNER_STATES: tuple[OwnerState, ...] = ("normal", "resigned", "transferring", "transferred")
"""By WeCom's number (groupchat/list, status)."""

NOBODY = ""
"""The id of a member who was erased: the group still has as many members, and nobody knows who."""


@dataclass(frozen=True)
class Member:
    """Somebody in a group: a member of the corp, or from `outside`. `joined_at` in unix seconds.

    `scene`: 1 invited, 2 by an invitation's link, 3 by the group's code; 0 where only the event told.
    `state` names the join way.
    """

    id: str
    outside: bool
    joined_at: int = 0
    scene: int = 0
    state: str = ""


@dataclass(frozen=True)
class Change:
    """That members came or went: between which versions of the list of members. `at` in unix seconds."""

    kind: Literal["add", "del"]
    members: tuple[Member, ...]
    last_version: str
    version: str
    at: int = 0


@dataclass(frozen=True)
class Listed:
    """What a list shows of a group. `customers` counts who is from outside, friends of ours or not."""

    chat_id: str
    name: str
    owner: str
    status: GroupStatus
    owner_state: OwnerState
    member_count: int
    customers: int
    created_at: datetime | None


@dataclass(frozen=True)
class Group:
    """A group with its members. `member_version` is WeCom's of the list of members.

    `recent` are the latest changes that events told, applied or not. `accepted` says when WeCom took a
    change of owner on the job, and by which job of ours; `handed_at` when a job of ours last gave the group
    away, `handed_by` whose it was until then. `owed` names people from outside, and `lists`
    owners, whose rows may not show the group as it is. `version` grows with every write.
    """

    chat_id: str
    name: str = ""
    owner: str = ""
    status: GroupStatus = "active"
    owner_state: OwnerState = "normal"
    notice: str = ""
    created_at: datetime | None = None
    admins: tuple[str, ...] = ()
    members: tuple[Member, ...] = ()
    member_version: str = ""
    recent: tuple[Change, ...] = ()
    accepted: tuple[tuple[datetime, str], ...] = ()
    handed_at: datetime | None = None
    handed_by: str = ""
    dismissed_at: datetime | None = None
    read_at: datetime | None = None
    owed: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    version: int = 0

    @property
    def member_count(self) -> int:
        """Return how many are in it."""
        return len(self.members)

    @property
    def outside(self) -> frozenset[str]:
        """Return who from outside is in it; nobody is in one that was dismissed."""
        if self.status == "dismissed":
            return frozenset()
        return frozenset(each.id for each in self.members if each.outside and each.id != NOBODY)

    @property
    def listed(self) -> Listed:
        """Return what a list shows of it."""
        return Listed(
            self.chat_id,
            self.name,
            self.owner,
            self.status,
            self.owner_state,
            self.member_count,
            sum(each.outside for each in self.members),
            self.created_at,
        )

    @property
    def owner_key(self) -> str:
        """Return the form under which the owner is looked up."""
        return key(self.owner)
