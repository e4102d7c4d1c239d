"""What merging leads takes and answers."""

from typing import Annotated, Literal

from pydantic import Field

from scrm.http.fields import In, Moment, Out
from scrm.leads.machine import Status
from scrm.leads.models import DuplicateOut, OwnerOut, Reason, Version

LeadId = Annotated[str, Field(min_length=1, max_length=64, examples=["ld_0123456789abcdef0123"])]


class LeadMergeIn(In):
    """Into which lead this one goes, and why; `dry_run` only tells what would happen."""

    into: LeadId
    reason: Reason
    dry_run: bool = False
    version: Version | None = None
    into_version: Version | None = None


class LeadUnmergeIn(In):
    """Why a merge is taken back."""

    reason: Reason
    version: Version | None = None


class DismissIn(In):
    """Which hinted lead is another person's, and how one knows."""

    lead_id: LeadId
    reason: Reason


class DuplicatesOut(Out):
    """The open leads that may still be the same person's."""

    items: list[DuplicateOut]


class MergeSideOut(Out):
    """One of the two leads as it is: whose, how far, until when it is theirs, and what hangs on it."""

    lead_id: str
    status: Status
    owner: OwnerOut | None
    name: str
    customer_id: str
    protect_until: Moment | None
    hard_until: Moment | None
    touches: int
    follow_ups: int
    demand: bool
    absorbed: list[str]
    version: int


class MovedKeyOut(Out):
    """A key by which later leads of the person find the survivor; hidden like everywhere."""

    kind: str
    value: str


class LoadMovedOut(Out):
    """How many open leads a member has before and after."""

    userid: str
    open_before: int
    open_after: int


class MergeWarningOut(Out):
    """What whoever merges should know."""

    code: str
    message: str


class LeadMergeOut(Out):
    """What a merge, or its reversal, moves: both leads as they are then, or as they are now if `dry_run`.

    `owner_after` is accountable afterwards. Touches and follow-ups stay with `goes`, shown with `stays`.
    """

    action: Literal["merge", "unmerge"]
    dry_run: bool
    goes: MergeSideOut
    stays: MergeSideOut
    owner_after: OwnerOut | None
    keys: list[MovedKeyOut]
    loads: list[LoadMovedOut]
    warnings: list[MergeWarningOut]
