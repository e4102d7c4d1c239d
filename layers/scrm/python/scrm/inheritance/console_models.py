"""What the routes of inheritance plans take and answer."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from scrm.conditions.language import Condition
from scrm.customers.relation import Status
from scrm.http.fields import In, Moment, Out, PageQuery
from scrm.inheritance.model import ItemStatus, PlanMode
from scrm.inheritance.plan import PlanStatus

Userid = Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z_.@-]{0,63}$")]
Id = Annotated[str, Field(min_length=1, max_length=128)]
Notice = Annotated[str, Field(max_length=200)]
"""WeCom shows a customer 200 characters at most."""
Reason = Literal["resign", "low_activity", "complaint", "position_change", "other"]
Share = Literal["even", "ratio", "level", "headroom"]
Allocation = Literal["even", "ratio", "level", "headroom", "matrix", "rule"]
Order = Literal["handover", "added_at", "-added_at", "external_userid"]
Texts = list[Id] | Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^,\s]+(,[^,\s]+)*$")]
"""Several, as a list or with commas between them."""
Numbers = (
    list[Annotated[int, Field(ge=0, le=9999)]]
    | Annotated[str, Field(max_length=100, pattern=r"^\d{1,4}(,\d{1,4})*$")]
)
Hash = Annotated[str, Field(min_length=1, max_length=64)]
Version = Annotated[int, Field(ge=1, le=2**31)]


class TakeoverIn(In):
    """Who takes over: weight for `ratio`; at most how many in this plan; up to which load."""

    userid: Userid
    weight: Annotated[int, Field(ge=1, le=10_000)] = 1
    max_take: Annotated[int, Field(ge=0, le=100_000)] | None = None
    max_load: Annotated[int, Field(ge=0, le=1_000_000)] | None = None


def _by_name(given: Any) -> Any:
    return {"userid": given} if isinstance(given, str) else given


TakeoverOrName = Annotated[TakeoverIn, BeforeValidator(_by_name, json_schema_input_type=TakeoverIn | Userid)]
"""A takeover of whom nothing else is said may be named by their userid alone."""


class FilterIn(In):
    """Which customers, in the words of GET /admin/customers; besides by stage and segment.

    Times are [from, to); several of a kind mean any of them.
    """

    status: Status | Literal["deleted"] | None = None
    add_from: Moment | None = None
    add_to: Moment | None = None
    add_way: Numbers | None = None
    channel: Texts | None = None
    tags: Texts | None = None
    deleted_from: Moment | None = None
    deleted_to: Moment | None = None
    stage: Texts | None = None
    segment: Texts | None = None


class NoticeIn(In):
    """What a group of customers is told: the first whose condition or filter selects them."""

    text: Annotated[str, Field(min_length=1, max_length=200)]
    condition: Condition | None = None
    filter: FilterIn | None = None


class RuleIn(In):
    """Whose customers go to some of the takeovers alone, by region, tag or whatever else is known of them."""

    condition: Condition | None = None
    filter: FilterIn | None = None
    takeovers: Annotated[list[Userid], Field(min_length=1, max_length=100)]


class CellIn(In):
    """How many customers go from one member to another."""

    handover: Userid
    takeover: Userid
    count: Annotated[int, Field(ge=0, le=10_000)]


class PlanTermsIn(In):
    """Whose customers, which of them, to whom, and how they are shared out (spec 5).

    Who is selected is in all of `condition`, `filter`, `query_id` (a saved query), and among the named, where
    given. `blocks` keeps together who is in one customer group, speaks for one company, or has one value of a
    custom field (`field.<key>`). `within` is how each part of a `rule` is shared out. `tag_ids` are put on
    who has moved: null the corp's own tag (`inheritance_tag`), [] none.
    """

    mode: PlanMode
    handovers: Annotated[list[Userid], Field(min_length=1, max_length=100)]
    takeovers: Annotated[list[TakeoverOrName], Field(min_length=1, max_length=100)]
    condition: Condition | None = None
    filter: FilterIn | None = None
    query_id: Id | None = None
    external_userids: list[Id] = Field(default=[], max_length=5000)
    customer_ids: list[Id] = Field(default=[], max_length=1000)
    allocation: Allocation = "even"
    within: Share = "even"
    matrix: list[CellIn] = Field(default=[], max_length=10_000)
    rules: list[RuleIn] = Field(default=[], max_length=50)
    split: bool = False
    order: Order = "handover"
    blocks: Annotated[str, Field(pattern=r"^(group|account|field\.[a-z0-9_]{1,64})$")] | None = None
    notice: Notice = ""
    notices: list[NoticeIn] = Field(default=[], max_length=20)
    tag_ids: list[Id] | None = Field(default=None, max_length=10)
    on_limit: Literal["next", "stay"] = "next"
    reason: Reason | None = None
    note: Annotated[str, Field(max_length=200)] = ""


class PlanIn(PlanTermsIn):
    """A plan to be drafted; nothing is sent before it is confirmed. Reason `other` needs a note."""

    reason: Reason


class ConfirmIn(In):
    """That what `selection_hash` names is to be done, without it what the draft was worked out to be last.

    `allow_partial`: customers nobody takes stay.
    """

    selection_hash: Hash | None = None
    version: Version | None = None
    allow_partial: bool = False


class CancelIn(In):
    """Why a plan is called off; what has been sent goes on to its end."""

    version: Version | None = None
    reason: Annotated[str, Field(max_length=200)] = ""


class RetryItemIn(In):
    """One item: the customer's contact, and of which handover where the plan has several."""

    external_userid: Id
    handover: Userid | None = None


RetryStatus = Literal["REJECTED", "REFUSED", "LIMIT_EXCEEDED", "NO_RECORD", "SKIPPED"]


class RetryIn(In):
    """Which items are tried again: those named, or all of these statuses; with whom, and why.

    Without `takeover` each goes to the next of the plan's. Who refused on the job within 90 days is asked
    again only with `approved`, by somebody else than who made the plan.
    """

    items: list[RetryItemIn] = Field(default=[], max_length=1000)
    statuses: list[RetryStatus] = Field(default=[], max_length=5)
    takeover: Userid | None = None
    reason: Annotated[str, Field(min_length=2, max_length=200)]
    approved: bool = False


class CountsOut(Out):
    """Numbers of a preview; `items` are relations, several of one customer where several hand over."""

    selected: int
    customers: int
    items: int
    skipped: int
    unassigned: int
    calls: int
    by_code: dict[str, int]


class MatrixOut(Out):
    """How many relations go from whom to whom: a row for each handover, a column for each takeover."""

    handovers: list[str]
    takeovers: list[str]
    counts: list[list[int]]
    row_totals: list[int]
    column_totals: list[int]
    total: int


class TakingOut(Out):
    """What a plan means for a takeover; `code`: why they may take nobody over.

    `load` is how many customers they have, `load_after` with those the plan gives them; `kept` are theirs
    already and count into their quota.
    """

    userid: str
    name: str
    weight: int
    max_take: int | None
    max_load: int | None
    load: int
    load_after: int
    customers: int
    items: int
    kept: int
    quota: int
    code: str | None
    code_text: str


class GivenOut(Out):
    """Who gets a customer, and what they are told."""

    external_userid: str
    customer_id: str
    name: str
    handover: str
    takeover: str
    notice: str


class KeptBackOut(Out):
    """Why a customer is not handed over, and from which day they may be."""

    external_userid: str
    customer_id: str
    name: str
    handover: str
    code: str
    code_text: str
    allowed_from: date | None = None


class WarningOut(Out):
    """Something to look at before a plan is confirmed."""

    userid: str
    code: str
    code_text: str


class PlanPreviewOut(Out):
    """What a plan would do now. Lists hold the first 2,000; `complete` says whether that is all."""

    mode: PlanMode
    selection_hash: str
    counts: CountsOut
    matrix: MatrixOut
    takeovers: list[TakingOut]
    items: list[GivenOut]
    skipped: list[KeptBackOut]
    unassigned: list[KeptBackOut]
    complete: bool
    warnings: list[WarningOut]


class ProgressOut(Out):
    """How far a plan is: `done` of `total` items have nothing left to do; `by_status` is how all stand."""

    total: int
    done: int
    percent: float
    by_status: dict[str, int]
    by_code: dict[str, int]


class PairOut(Out):
    """How the items of one handover and takeover stand."""

    handover: str
    takeover: str
    total: int
    by_status: dict[str, int]


class TakeoverOut(Out):
    """Who takes over, as the plan says."""

    userid: str
    weight: int
    max_take: int | None
    max_load: int | None


class PlanOut(Out):
    """One plan. `counts` are those of the preview it was last worked out by."""

    plan_id: str
    status: PlanStatus
    mode: PlanMode
    reason: str
    reason_text: str
    note: str
    handovers: list[str]
    takeovers: list[TakeoverOut]
    allocation: str
    selection_hash: str
    counts: CountsOut | None
    allow_partial: bool
    created_by: str
    created_at: Moment
    approved_by: str | None
    approved_at: Moment | None
    ended_at: Moment | None
    version: int


class PlanMadeOut(PlanOut):
    """A draft with what it would do."""

    preview: PlanPreviewOut


class PlanDetailOut(PlanOut):
    """One plan with its terms, and how far it is."""

    terms: dict[str, Any]
    progress: ProgressOut
    pairs: list[PairOut]


class PlansQuery(PageQuery):
    """Which plans."""

    status: PlanStatus | None = None
    mode: PlanMode | None = None


class PlanItemsQuery(PageQuery):
    """Which items of a plan; of a draft those it would have now."""

    status: ItemStatus | None = None
    handover: Userid | None = None
    takeover: Userid | None = None
    code: Annotated[str, Field(max_length=40)] | None = None


class PlanItemOut(Out):
    """One item. `allowed_from`: the day from which the customer may be handed over; `next`: tried again."""

    external_userid: str
    customer_id: str
    name: str
    handover: str
    takeover: str | None
    status: ItemStatus
    status_text: str
    code: str
    code_text: str
    allowed_from: date | None
    attempt: int
    at: Moment | None
    sent_at: Moment | None
    batch: str | None
    next: str | None


class NotRetriedOut(Out):
    """An item that is not tried again now, why, and from which day it may be."""

    external_userid: str
    handover: str
    code: str
    code_text: str
    allowed_from: date | None = None


class RetriedOut(Out):
    """What was given to whom anew; `complete`: no more items wait to be asked for by the same request."""

    plan: PlanOut
    retried: list[PlanItemOut]
    not_retried: list[NotRetriedOut]
    complete: bool


class RatesOut(Out):
    """What came of items, each customer's relation once, however often it was tried; ratios null for nothing.

    `success`: succeeded ÷ submitted; `success_of_accepted`, `refusal`: of those WeCom took. Percentages have
    two places.
    """

    submitted: int
    accepted: int
    succeeded: int
    refused: int
    limit_exceeded: int
    waiting: int
    success: float | None
    success_of_accepted: float | None
    refusal: float | None
    success_percent: float | None
    success_of_accepted_percent: float | None
    refusal_percent: float | None


class PairReportOut(RatesOut):
    """What came of one handover's customers at one takeover."""

    handover: str
    takeover: str


class PlanReportOut(RatesOut):
    """What came of a plan (M16): as a whole, for each pair, and why the others were not handed over."""

    plan_id: str
    status: PlanStatus
    total: int
    skipped: int
    by_status: dict[str, int]
    by_code: dict[str, int]
    pairs: list[PairReportOut]


class ExportItemsIn(In):
    """Why a plan's items are wanted as a file; kept with the job."""

    reason: Annotated[str, Field(min_length=2, max_length=200)]
