"""Requests and answers of /admin/segments."""

from typing import Annotated, Any, Literal

from pydantic import Field

from scrm.conditions.language import Condition
from scrm.http.fields import In, Moment, Out, PageQuery
from scrm.jobs.model import Status as JobStatus
from scrm.segments.model import SegmentKind, SegmentStatus

Name = Annotated[str, Field(min_length=1, max_length=50)]
Description = Annotated[str, Field(max_length=500)]
TagId = Annotated[str, Field(max_length=128, description="A corp tag that shows the segment; empty: none")]
Reference = Annotated[str, Field(min_length=1, max_length=128)]
MOST_AT_ONCE = 100


class Plan(In):
    """What a tier is offered (SEG-16): references to content, campaign and share reward."""

    content: list[Reference] = Field(default=[], max_length=20)
    campaign: Annotated[str, Field(max_length=128)] = ""
    reward: Annotated[str, Field(max_length=128)] = ""


class SegmentIn(In):
    """A new segment. A dynamic one needs a condition, the others have none."""

    name: Name
    kind: SegmentKind
    status: Literal["draft", "active"] = "draft"
    description: Description = ""
    condition: Condition | None = None
    tag_id: TagId = ""
    plan: Plan = Plan()


class SegmentEdit(In):
    """What is to change of a segment in the version read; what is left out stays."""

    version: int
    name: Name | None = None
    status: SegmentStatus | None = None
    description: Description | None = None
    condition: Condition | None = None
    tag_id: TagId | None = None
    plan: Plan | None = None


class SegmentQuery(PageQuery):
    """Which segments: without a status, those that are not archived."""

    status: SegmentStatus | None = None
    kind: SegmentKind | None = None
    q: str | None = Field(default=None, max_length=50)


class ComputationOut(Out):
    """How far everybody has been asked the present condition.

    `asked` counts cards of customers, `total` is how many there were at the last complete computation (null
    when there was none yet), `changed` how many of those asked were to enter or leave.
    """

    job_id: str
    rules_version: int
    status: JobStatus
    asked: int
    changed: int
    total: int | None
    started_at: Moment
    finished_at: Moment | None


class SegmentOut(Out):
    """A segment as lists show it."""

    segment_id: str
    name: str
    kind: SegmentKind
    status: SegmentStatus
    description: str
    condition: dict[str, Any] | None
    tag_id: str
    preset: str
    plan: Plan
    rules_version: int
    version: int
    created_by: str
    created_at: Moment
    updated_at: Moment


class SegmentDetail(SegmentOut):
    """A segment with its computation, null when its condition never had to be asked of everybody."""

    computation: ComputationOut | None


class CountOut(Out):
    """How many customers are in a segment, exactly, at the time of the answer."""

    segment_id: str
    count: int
    at: Moment


class MemberOut(Out):
    """A customer in a segment. `names` and `staff` are of their cards that the caller may see."""

    customer_id: str
    entered_at: Moment
    name: str
    external_userids: list[str]
    staff: list[str]


class SampleQuery(In):
    """How large a sample, and which of the possible ones."""

    size: Annotated[int, Field(ge=1, le=1000)] = 50
    seed: Annotated[str, Field(max_length=64)] = ""


class SampleOut(Out):
    """A pilot sample: exactly the smaller of `size` and `count` customers."""

    segment_id: str
    seed: str
    count: int
    customer_ids: list[str]


class MembersIn(In):
    """Customers to put into a target list, or to take out."""

    customer_ids: Annotated[list[Reference], Field(min_length=1, max_length=MOST_AT_ONCE)]


class MembersOut(Out):
    """What became of each: `changed` were put in or taken out, `unknown` are nobody we know."""

    changed: int
    unchanged: int
    unknown: list[str]


class FreezeIn(In):
    """Whose membership a target list takes over: another segment's, or whoever a condition selects now."""

    segment_id: Reference | None = None
    condition: Condition | None = None


class FreezeOut(Out):
    """The job that puts them into the list; its progress is at `/admin/jobs/{job_id}`."""

    segment_id: str
    job_id: str


class CustomerSegmentOut(Out):
    """A segment that a customer is in."""

    segment_id: str
    name: str
    kind: SegmentKind
    entered_at: Moment


class CustomerSegmentsOut(Out):
    """Every segment that a customer is in."""

    customer_id: str
    items: list[CustomerSegmentOut]
