"""What the routes of offboarding take and answer."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from scrm.http.fields import In, Moment, Out, PageQuery
from scrm.inheritance.console_models import (
    FilterIn,
    Id,
    Notice,
    PlanMadeOut,
    PlanOut,
    Reason,
    Share,
    TakeoverOrName,
)
from scrm.inheritance.model import PlanMode
from scrm.staff.model import MemberStatus


class OffboardingQuery(PageQuery):
    """Which members: by how they are gone; `all`: also those who left nothing."""

    status: Literal["disabled", "left"] | None = None
    all: bool = False


class RemainsOut(Out):
    """How much is still a member's, `bars` being progress bars of SOPs that wait for them."""

    customers: int
    groups: int
    leads: int
    to_dos: int
    bars: int


class GoneOut(Out):
    """A member who is gone. `mode`: how WeCom hands over, until `handed_over_until` for who has left.

    `remains` is what was theirs at `counted_at`, null until it is counted; `unassigned` is how many of their
    customers WeCom listed at `unassigned_at`.
    """

    userid: str
    name: str
    status: MemberStatus
    departments: list[int]
    gone_at: Moment | None
    left_at: Moment | None
    mode: PlanMode
    handed_over_until: date | None
    remains: RemainsOut | None
    counted_at: Moment | None
    unassigned: int | None
    unassigned_at: Moment | None


class FriendOut(Out):
    """One customer of theirs."""

    customer_id: str
    external_userid: str
    name: str
    added_at: Moment | None


class GroupLeftOut(Out):
    """One customer group that they own."""

    chat_id: str
    name: str
    customers: int


class LeadLeftOut(Out):
    """One open lead of theirs."""

    lead_id: str
    name: str
    status: str


class ToDoLeftOut(Out):
    """One open to-do of theirs."""

    task_id: str
    kind: str
    due: Moment
    customer_id: str | None


class NamedOut(Out):
    """A channel or pool that names them, and leads to them no longer."""

    id: str
    name: str


class ProposedOut(Out):
    """To whom the default rule gives their customers, and how they are shared out."""

    takeovers: list[str]
    allocation: str
    tag_ids: list[str]
    notice: str
    on_limit: str


class OffboardingOut(GoneOut):
    """One member and what they leave behind: numbers as of now, and the first of each.

    `remains` counts up to 2,000 customers; beyond that, as they were counted last. Lists are empty for who
    may not see customers. `plans` are the latest that hand theirs over.
    """

    customers: list[FriendOut]
    groups: list[GroupLeftOut]
    leads: list[LeadLeftOut]
    to_dos: list[ToDoLeftOut]
    channels: list[NamedOut]
    pools: list[NamedOut]
    plans: list[PlanOut]
    proposed: ProposedOut


class HandOverIn(In):
    """What is to be done otherwise than the default rule says; nothing: all by the rule.

    Without `allow_partial` nothing starts where somebody gets nobody. `again`: although a plan is under way.
    """

    takeovers: Annotated[list[TakeoverOrName], Field(min_length=1, max_length=100)] | None = None
    allocation: Share | None = None
    filter: FilterIn | None = None
    tag_ids: Annotated[list[Id], Field(max_length=10)] | None = None
    notice: Notice | None = None
    on_limit: Literal["next", "stay"] | None = None
    reason: Reason | None = None
    note: Annotated[str, Field(max_length=200)] | None = None
    allow_partial: bool = True
    groups: bool | None = None
    again: bool = False


class GroupStaysOut(Out):
    """A group that stays with its owner, and why."""

    chat_id: str
    code: str


class GroupsHandedOut(Out):
    """How many groups are given to the takeovers in turn, by which jobs; which stay, and why."""

    groups: int
    job_ids: list[str]
    stay: list[GroupStaysOut]


class HandedOverOut(Out):
    """The plan that runs, with who gets whom; null where only groups are left. Nobody is dropped silently:

    who gets nobody is among the preview's `unassigned`, who may not be handed over among its `skipped`.
    `needs_approval`: it is a draft that another administrator has to confirm.
    """

    userid: str
    plan: PlanMadeOut | None
    needs_approval: bool = False
    groups: GroupsHandedOut


class ImportOut(Out):
    """The job that reads WeCom's list of departed members' customers."""

    job_id: str
