"""What the routes of enrollments take and answer."""

from typing import Annotated, Literal

from pydantic import Field

from scrm.http.fields import In, Moment, Out, PageQuery
from scrm.sops.definition_models import Key
from scrm.sops.enrollment import RunStatus, Status
from scrm.sops.model import SubjectKind


class EnrollmentsQuery(PageQuery):
    """Which enrollments: entered in [entered_from, entered_to). Former cycles are shown as well."""

    status: Status | None = None
    why: Annotated[str, Field(min_length=1, max_length=32)] | None = None
    step: Key | None = None
    version: Annotated[int, Field(ge=1, le=9999)] | None = None
    owner: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    entered_from: Moment | None = None
    entered_to: Moment | None = None


class EnrollmentOut(Out):
    """Where one customer or lead stands: the bar "2/5", the step they are at and when the next is due.

    `name` is the contact's, or the lead's with its numbers masked. `waiting_since`: the step has been given
    to its member and is not sent yet.
    `why` tells of a pause or an end. Everybody in a paused SOP is shown as paused.
    """

    enrollment_id: str
    sop_id: str
    subject: str
    subject_kind: SubjectKind
    external_userid: str | None
    lead_id: str | None
    name: str
    cycle: int
    version: int
    owner: str
    trigger: str
    status: Status
    why: str
    progress: str
    done: int
    of: int
    missed: int
    skipped: int
    step: str | None
    step_title: str
    next_due: Moment | None
    waiting_since: Moment | None
    entered_at: Moment
    ended_at: Moment | None


class StepRunOut(Out):
    """One run of a step."""

    step_key: str
    title: str
    attempt: int
    status: RunStatus
    due: Moment
    at: Moment
    why: str
    result: str


class EnrollmentDetail(EnrollmentOut):
    """The same with every run, in order."""

    anchor_at: Moment
    points: int
    runs: list[StepRunOut]


class BarJumpIn(In):
    """The step to go to."""

    step_key: Key


class BarSkipIn(In):
    """The step to skip; without one that which waits, else that whose time comes next."""

    step_key: Key | None = None


class SopPreviewQuery(In):
    """When somebody enters, now unless told; for a customer, or the first `limit` that the SOP is for.

    A time without offset is Beijing's. `anchor`: the day a timed SOP counts from, for nobody in particular.
    `version`: which version, without one the latest.
    """

    enter: Annotated[str, Field(min_length=10, max_length=40, examples=["2026-03-02T10:15"])] | None = None
    anchor: Annotated[str, Field(min_length=10, max_length=40, examples=["2026-04-01"])] | None = None
    external_userid: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    limit: Annotated[int, Field(ge=1, le=20)] | None = None
    version: Annotated[int, Field(ge=1, le=9999)] | None = None


class PlannedOut(Out):
    """One step as it would go: when it is planned, when it is due after caps and quiet hours, or why not.

    `put_off`: by what, last: "cap" (the customer's or WeCom's), "staff" (a member's full day), "quiet".
    `waits_for` "added": nobody knows when a lead becomes a friend; what follows counts from the step before.
    """

    step_key: str
    title: str
    mode: str
    attempt: int
    planned: Moment | None
    due: Moment
    status: Literal["SENT", "SKIPPED", "MISSED"]
    why: str
    waits_for: str
    put_off: str


class JourneyOut(Out):
    """How one would go through a SOP where each step is sent on time; `refusal`: why they may not enter."""

    customer_id: str | None
    external_userid: str | None
    owner: str
    refusal: str
    status: Status
    why: str
    progress: str
    ends_at: Moment | None
    steps: list[PlannedOut]


class SopPreviewOut(Out):
    """What a SOP would do, worked out by what runs it."""

    sop_id: str
    version: int
    enter: Moment
    items: list[JourneyOut]
