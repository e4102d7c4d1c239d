"""What the routes of customer groups take and answer."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from scrm.groups.choosing import Mode, Refusal
from scrm.groups.model import GroupStatus, OwnerState
from scrm.http.fields import In, Limit, Moment, Out

ChatId = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,64}$")]
Userid = Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z_.@-]{0,63}$")]
MOST_CHATS = 1_000


class GroupsQuery(In):
    """Which groups are asked for."""

    owner: Userid | None = None
    status: GroupStatus | None = None
    limit: Limit = 50
    cursor: str | None = None


class GroupOut(Out):
    """A group. `customers` counts who is from outside, friends of ours or not.

    owner_state: normal; resigned (the owner left and somebody else is to take it over), transferring,
    transferred.
    """

    chat_id: str
    name: str
    owner: str
    owner_name: str
    status: GroupStatus
    owner_state: OwnerState
    member_count: int
    customers: int
    created_at: Moment | None


class MemberOut(Out):
    """Who is in a group. stranger: from outside and nobody's friend, or erased; nothing more is known.

    scene: 1 invited, 2 by an invitation's link, 3 by the group's code, 0 unknown.
    """

    kind: Literal["staff", "customer", "stranger"]
    name: str
    userid: str | None = None
    external_userid: str | None = None
    customer_id: str | None = None
    joined_at: Moment | None
    scene: int
    state: str


class WholeGroupOut(GroupOut):
    """A group with its members, in the order they joined in."""

    notice: str
    admins: list[str]
    dismissed_at: Moment | None
    read_at: Moment | None
    members: list[MemberOut]


class TransferPreviewIn(In):
    """Which groups go to whom: `chat_ids`, or all that `owner` has.

    onjob: the owners are employed; each group changes hands twice in 90 days at most. resigned: they left.
    """

    mode: Mode
    new_owner: Userid
    chat_ids: Annotated[list[ChatId], Field(min_length=1, max_length=MOST_CHATS)] | None = None
    owner: Userid | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> "TransferPreviewIn":
        if (self.chat_ids is None) == (self.owner is None):
            raise ValueError("chat_ids 与 owner 填一个")
        return self


class TransferIn(TransferPreviewIn):
    """As the preview, and why."""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class SkippedGroupOut(Out):
    """A group that stays where it is, and why."""

    chat_id: str
    name: str
    owner: str
    code: Refusal


class OwnerPartOut(Out):
    """What an owner hands over: on how many days, since WeCom takes 300 groups of an owner a day.

    `today` counts the groups that were asked for today already.
    """

    owner: str
    owner_name: str
    groups: int
    today: int
    days: int


class TransferPreviewOut(Out):
    """What a change of owner would do."""

    total: int
    movable: int
    owners: list[OwnerPartOut]
    skipped: list[SkippedGroupOut]
