"""What routes of the to-dos and bars of SOPs take and answer."""

from typing import Annotated, Any

from pydantic import Field, StrictBool

from scrm.http.fields import In, Moment, Out
from scrm.sends.models import FaultOut, PreviewPartOut
from scrm.sops.enrollment import RunStatus, Status
from scrm.sops.model import Mode, SopStatus, Strategy

Version = Annotated[int, Field(ge=1, le=2**31)]
Reason = Annotated[str, Field(min_length=1, max_length=200, examples=["客户出差，下周再联系"])]


class DoneIn(In):
    """A step is done. `version` is the one that was read.

    `result` is what came of it, for a call: one of the results of the to-do. `fields` are customer fields by
    key, saved first, over `customer_version` where that is given.
    """

    version: Version | None = None
    result: Annotated[str, Field(min_length=1, max_length=20)] | None = None
    note: Annotated[str, Field(max_length=500)] | None = None
    fields: Annotated[dict[str, Any], Field(max_length=100)] = Field(default={})
    customer_version: Annotated[int, Field(ge=0, le=2**53)] | None = None


class SkipIn(In):
    """A step is left out, and why."""

    version: Version | None = None
    reason: Reason


class PostponeIn(In):
    """A step is put off until a time."""

    version: Version | None = None
    until: Moment


class StepPrepareIn(In):
    """Make what the SDK is given for a step.

    `asked_for`: the customer has asked for it, so that it is a reply and no marketing.
    """

    asked_for: StrictBool = False


class BarOut(Out):
    """A progress bar: so many of the steps that apply are done; `text` is as people say it, e.g. 2/5."""

    done: int
    of: int
    missed: int
    skipped: int
    text: str


class StepContentOut(Out):
    """What would be sent now, or for a call said, and what is in its way."""

    parts: list[PreviewPartOut]
    payloads: list[dict[str, Any]]
    problems: list[FaultOut]
    media_ready: bool
    ready: bool


class NamedFieldOut(Out):
    """A field of customers."""

    key: str
    title: str


class ToDoStepOut(Out):
    """The step of a SOP that a to-do is of.

    Nothing is sent while `sop_status` is not running.
    `bar` is that of the customer, null where they are in another cycle by now. `sent`: it was sent and waits
    for `missing` fields. `results` are what may come of it. `content` is null in lists of several customers.
    """

    sop_id: str
    sop_name: str
    sop_status: SopStatus
    strategy: Strategy
    step_key: str
    title: str
    mode: Mode
    attempt: int
    bar: BarOut | None
    requires: list[NamedFieldOut]
    missing: list[NamedFieldOut] | None
    results: list[str]
    sent: bool
    content: StepContentOut | None


class StepOfBarOut(Out):
    """One step of a bar: how its latest run stands; `status` null before any."""

    key: str
    title: str
    mode: Mode
    counted: bool
    attempt: int
    status: RunStatus | None
    due: Moment | None
    at: Moment | None
    why: str
    result: str


class NextOut(Out):
    """The step that comes next, or waits to be done, and when."""

    key: str
    title: str
    due: Moment | None
    waits: bool


class CustomerSopOut(Out):
    """A customer's progress in one SOP, of one cycle; `next` is null once it is over."""

    sop_id: str
    name: str
    version: int
    cycle: int
    strategy: Strategy
    status: Status
    why: str
    owner: str
    owner_name: str
    bar: BarOut
    next: NextOut | None
    steps: list[StepOfBarOut]
    entered_at: Moment
    ended_at: Moment | None
