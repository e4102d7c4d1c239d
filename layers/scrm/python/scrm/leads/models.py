"""What the routes of leads take and answer."""

from typing import Annotated, Any, Literal

from pydantic import Field

from scrm.http.fields import In, Moment, Out, PageQuery
from scrm.leads.evidence import GivenKind
from scrm.leads.machine import Status, Trigger
from scrm.leads.model import Doubt, DoubtWhy, Source

Scope = Literal["own", "team", "department", "all"]
Due = Literal["today", "overdue"]
Method = Literal["call", "message", "visit", "meeting", "email", "other"]
Reason = Annotated[str, Field(min_length=1, max_length=500)]
Userid = Annotated[str, Field(min_length=1, max_length=64, examples=["lisi"])]
Text = Annotated[str, Field(min_length=1, max_length=2000)]
Version = Annotated[int, Field(ge=1, le=2**31)]
FileIds = Annotated[list[Annotated[str, Field(pattern=r"^fi_[0-9a-z]{1,60}$")]], Field(max_length=9)]


class LeadsQuery(PageQuery):
    """Which leads: whose, in which status, due by tonight or overdue; `q` in name, company, product, phone.

    Without a status open leads alone.
    """

    scope: Scope = "own"
    status: Status | None = None
    due: Due | None = None
    pool_id: Annotated[str, Field(max_length=64)] | None = None
    q: Annotated[str, Field(min_length=1, max_length=100)] | None = None


class OwnerOut(Out):
    """Who is accountable for a lead."""

    userid: str
    name: str


class LeadOut(Out):
    """A lead as a list shows it. `due_at` is when it is to be followed up next, or for the first time."""

    lead_id: str
    status: Status
    source: Source
    name: str
    company: str
    phone: str
    product: str
    region: str
    campaign: str
    channel_id: str
    prelabels: list[str]
    score: int
    owner: OwnerOut | None
    pool_id: str
    pool_name: str
    customer_id: str
    due_at: Moment | None
    overdue: bool
    next_follow_at: Moment | None
    last_follow_at: Moment | None
    protect_until: Moment | None
    hard_until: Moment | None
    recycle_count: int
    locked: bool
    created_at: Moment | None
    updated_at: Moment | None
    version: int


class FollowUpOut(Out):
    """One follow-up record 跟进记录."""

    follow_id: str
    at: Moment
    userid: str
    by_name: str
    method: str
    content: str
    next_at: Moment | None
    quote_fen: int | None
    file_ids: list[str]


class FollowUpIn(In):
    """A follow-up: how, what was said, when to follow up next; a demand that came up, what was offered."""

    method: Method
    content: Text
    next_at: Annotated[Moment, Field(examples=["2026-03-05T10:00:00+08:00"])] | None = None
    attachments: FileIds = Field(default_factory=list)
    demand: Text | None = None
    quote_fen: Annotated[int, Field(strict=True, ge=1, le=10**13)] | None = None


class FollowedOut(Out):
    """The record, and the lead as it is then."""

    follow_up: FollowUpOut
    lead: LeadOut


class EvidenceIn(In):
    """What proves a stage: the demand in words, what was offered, whom was visited."""

    kind: GivenKind
    note: Text


Evidence = Annotated[list[EvidenceIn], Field(max_length=5)]


class TransitionIn(In):
    """A step: `to` a status, or by its `trigger`; what proves it; giving up needs a reason."""

    to: Status | None = None
    trigger: Literal["follow", "qualify", "intend", "sign", "win", "give_up", "invalidate"] | None = None
    reason: Annotated[str, Field(max_length=500)] = ""
    evidence: Evidence = Field(default_factory=list)
    version: Version | None = None


class StatusIn(In):
    """A step to a status; see TransitionIn."""

    status: Status
    reason: Annotated[str, Field(max_length=500)] = ""
    evidence: Evidence = Field(default_factory=list)
    version: Version | None = None


class TransferIn(In):
    """Who is to have the lead, and why."""

    to: Userid
    reason: Reason
    version: Version | None = None


class ReasonIn(In):
    """Why."""

    reason: Reason
    version: Version | None = None


class ReopenIn(ReasonIn):
    """Why a closed lead is opened again, and in which pool; its own without one."""

    pool_id: Annotated[str, Field(max_length=64)] | None = None


class ConvertedOut(Out):
    """The customer whom the lead has become; `created` says whether nobody knew them before."""

    customer_id: str
    created: bool
    lead: LeadOut


class ContactOut(Out):
    """A way to reach the person; numbers are hidden."""

    kind: str
    value: str
    name: str


class AccountBlock(Out):
    """The company 企业, as the source told it and as it is noted of the customer."""

    company: str
    customer_id: str | None
    told: dict[str, Any]
    noted: dict[str, Any] | None


class ContactsBlock(Out):
    """The person and how to reach them."""

    name: str
    contacts: list[ContactOut]
    external_userid: str | None


class DemandBlock(Out):
    """What they need: as recorded, as the source told it, and as noted of the customer."""

    text: str
    recorded_by: str | None
    recorded_at: Moment | None
    told: str
    product: str
    customer_demands: list[dict[str, Any]]


class TimelineOut(Out):
    """Something that happened with the lead."""

    at: Moment
    kind: Literal["step", "follow_up", "touch"]
    title: str
    by: str
    facts: dict[str, Any]


class NextOut(Out):
    """What happens next, and when; null: with an event and not with time."""

    code: str
    at: Moment | None
    sentence: str


class StageOut(Out):
    """One stage of the decision, with who might have had the lead, and who might not and why."""

    stage: str
    subject: str
    code: str
    sentence: str
    eligible: list[dict[str, Any]]
    not_eligible: list[dict[str, Any]]


class DecisionOut(Out):
    """Why the lead went where it went."""

    why: str
    sentence: str
    rules_version: int
    rule_id: str | None
    stages: list[StageOut]


class ProtectionOut(Out):
    """Until when the lead is its owner's, and when the clock takes it back at the earliest."""

    protect_until: Moment | None
    hard_until: Moment | None
    first_due: Moment | None
    recycle_at: Moment | None
    locked: bool
    recycle_count: int


class DuplicateOut(Out):
    """An open lead that may be the same person's; its owner is masked for whom it is none of their business.

    `may_merge`: the caller may merge the two.
    """

    lead_id: str
    status: Status
    owner: str
    why: Literal["same_customer", "told_together"]
    sentence: str
    may_merge: bool


class DoubtOut(Out):
    """That a second person has to look at how the lead came so far, or what they said (LED-29)."""

    state: Doubt
    why: DoubtWhy
    sentence: str


class LeadDetailOut(Out):
    """Everything that is known of a lead: four blocks, whose it is, why, and what comes next.

    `absorbed` are the leads that were merged into it: what happened with them is shown here, too.
    """

    lead: LeadOut
    account: AccountBlock
    contacts: ContactsBlock
    demand: DemandBlock
    timeline: list[TimelineOut]
    owner: OwnerOut | None
    pool: dict[str, str]
    protection: ProtectionOut
    decision: DecisionOut | None
    next: list[NextOut]
    evidence: list[str]
    allowed_actions: list[Trigger]
    previous_lead_id: str
    merged_into: str
    absorbed: list[str]
    possible_duplicates: list[DuplicateOut]
    doubt: DoubtOut | None


class RevealedOut(Out):
    """The person's contacts in full."""

    contacts: list[ContactOut]


class StaffPoolOut(Out):
    """A pool 公海 as one member has it."""

    pool_id: str
    name: str
    is_member: bool
    is_admin: bool
    claim_daily_cap: int | None
    claimed_today: int
    hold_cap: int | None
    held: int


class ProgressQuery(In):
    """Whose progress is asked for."""

    scope: Scope = "own"


class ProgressOut(Out):
    """How one member's leads stand today, in Beijing time."""

    userid: str
    name: str
    open: int
    new_today: int
    unfollowed: int
    due: int
    overdue: int
    followed_today: int


class TeamProgressOut(Out):
    """How the leads of several members stand."""

    date: str
    items: list[ProgressOut]
