"""What the lists of customers take and answer."""

from typing import Annotated, Any, Literal

from pydantic import Field

from scrm.conditions.fields import Kind, Level
from scrm.conditions.language import Condition
from scrm.customers.model import CustomerKind
from scrm.customers.relation import Status
from scrm.http.fields import In, Limit, Moment, Out, PageQuery
from scrm.queries.model import SortName

Userid = Annotated[str, Field(min_length=1, max_length=64)]
Id = Annotated[str, Field(min_length=1, max_length=128)]
Name = Annotated[str, Field(min_length=1, max_length=50)]
Ids = Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^,\s]+(,[^,\s]+)*$")]
"""Several ids, with commas between them."""


class CustomersQuery(PageQuery):
    """Which customers. Times are [from, to); several tags or add ways mean any of them.

    `status` deleted stands for each of the three kinds of deletion. `sort` by last contact goes by the hour,
    and those without a conversation come last.
    """

    owner: Userid | None = None
    status: Status | Literal["deleted"] | None = None
    add_from: Moment | None = None
    add_to: Moment | None = None
    add_way: Annotated[str, Field(max_length=100, pattern=r"^\d{1,4}(,\d{1,4})*$")] | None = None
    channel: Ids | None = None
    tags: Ids | None = None
    deleted_from: Moment | None = None
    deleted_to: Moment | None = None
    sort: SortName = "-added_at"


class SearchIn(In):
    """A condition in the condition language; whose customers: one's own or those in one's scope."""

    condition: Condition
    owner: Userid | None = None
    sort: SortName = "-added_at"
    limit: Limit = 50
    cursor: str | None = None


class CountIn(In):
    """What is to be counted. `cursor` counts on where an earlier answer stopped."""

    condition: Condition
    owner: Userid | None = None
    cursor: str | None = None


class CountOut(Out):
    """How many were counted by this request. Until `complete`, count on with `next_cursor` and add up."""

    count: int
    complete: bool
    next_cursor: str | None


class CardOut(Out):
    """A customer as one member knows them, or as nobody does yet (no `userid`).

    What is not known is null. Numbers of people are hidden.
    """

    customer_id: str
    external_userid: str | None
    userid: str | None
    name: str
    remark: str
    status: Status
    added_at: Moment | None
    add_way: int | None
    channel_id: str | None
    deleted_at: Moment | None
    tags: list[str]
    last_contact_at: Moment | None
    unreplied: bool | None
    followed_at: Moment | None
    kind: CustomerKind
    identified: bool
    stage: str | None
    lifecycle: str | None
    loyalty: str
    brand_group: str
    rfm_group: str | None
    interaction_index: float
    opted_out: bool
    order_count: int
    order_amount_fen: int
    last_order_at: Moment | None
    segments: list[str]
    fields: dict[str, Any]


class AskableOut(Out):
    """One field that a condition may ask about, with the ops it knows and the values it may have."""

    name: str
    title: str
    kind: Kind
    level: Level
    ops: list[str]
    choices: list[str]


class FieldsOut(Out):
    """Every field that conditions may ask about. `score.<name>` asks for a score by name besides."""

    items: list[AskableOut]


class QueryIn(In):
    """A query to save. `shared` shows it to everybody; whose customers it lists is up to who uses it."""

    name: Name
    condition: Condition
    sort: SortName = "-added_at"
    shared: bool = False


class QueryEdit(QueryIn):
    """A saved query as it is to be. `version` is the one that was read."""

    version: Annotated[int, Field(ge=1, le=2**31)]


class QueryOut(Out):
    """A saved query. A built-in one belongs to nobody and cannot be changed."""

    query_id: str
    name: str
    condition: dict[str, Any]
    sort: SortName
    owner: str | None
    shared: bool
    builtin: bool
    version: int
    created_at: Moment | None
    updated_at: Moment | None


class ResultsQuery(PageQuery):
    """How much of a saved query's result, and whose customers."""

    owner: Userid | None = None


class TagSelectedIn(In):
    """Which tags go on and off whom a condition selects. The reason is kept with the job."""

    condition: Condition
    add: list[Id] = Field(default=[], max_length=100)
    remove: list[Id] = Field(default=[], max_length=100)
    reason: Annotated[str, Field(max_length=200)] = ""


class ExportSelectedIn(In):
    """Whom to write into files. The reason is kept with the job."""

    condition: Condition
    reason: Annotated[str, Field(min_length=2, max_length=200)]
