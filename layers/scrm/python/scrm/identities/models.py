"""What the routes about identities, conflicts and merges take and answer."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from scrm.customers.relation import Status
from scrm.http.fields import In, Moment, Out, PageQuery
from scrm.identities.conflicts import ConflictStatus
from scrm.identities.normalise import KINDS, IdentityKind
from scrm.sidebar.models import CustomerBlock

CustomerId = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,64}$")]
Version = Annotated[int, Field(ge=0, le=2**31)]
Reason = Annotated[str, Field(max_length=200)]


class SchemeIn(In):
    """The kinds of identity the corp goes by, the preferred first: a list, or an object that holds it."""

    kinds: Annotated[list[IdentityKind], Field(min_length=1, max_length=len(KINDS))]
    version: Version | None = None

    @model_validator(mode="before")
    @classmethod
    def _list_alone(cls, given: Any) -> Any:
        return {"kinds": given} if isinstance(given, list) else given


class SchemeOut(Out):
    """The kinds of identity the corp goes by; unionid, WeCom's own, is always bound. All that there are."""

    kinds: list[IdentityKind]
    available: list[IdentityKind]
    version: int


class LookupQuery(In):
    """One identity."""

    kind: IdentityKind
    value: Annotated[str, Field(min_length=1, max_length=128)]


class ContactOut(Out):
    """A contact of a customer; `customer_id` is the part of the customer they were recorded under."""

    external_userid: str
    name: str
    customer_id: str


class RelationOut(Out):
    """A member who knows the customer."""

    external_userid: str
    userid: str
    status: Status
    added_at: Moment | None


class OrdersOut(Out):
    """What the customer has bought, refunds taken off."""

    count: int
    amount_fen: int
    last_at: Moment | None


class WholeOut(Out):
    """A customer with everything that is theirs, numbers masked. `parts` are the ids they are made of."""

    customer: CustomerBlock
    name: str
    parts: list[str]
    contacts: list[ContactOut]
    relations: list[RelationOut]
    orders: OrdersOut


class ConflictsQuery(PageQuery):
    """Which conflicts are asked for."""

    status: ConflictStatus | None = None


class ConflictOut(Out):
    """Two customers claim one identity. `holder` has it; the value is masked."""

    conflict_id: str
    kind: str
    value: str
    holder: str
    claimant: str
    source: str
    status: ConflictStatus
    stays: str
    reason: str
    decided_by: str
    created_at: Moment
    decided_at: Moment | None
    version: int


class PreviewQuery(In):
    """Who would stay; the holder unless it is said."""

    stays: CustomerId | None = None


class PreviewOut(Out):
    """What a merge would make of two customers; nothing is changed."""

    conflict: ConflictOut
    stays: WholeOut
    goes: WholeOut
    merged: WholeOut


class DecideMergeIn(In):
    """Who stays; the holder unless it is said."""

    stays: CustomerId | None = None
    version: Version | None = None
    reason: Reason = ""


class RejectIn(In):
    """Why the claim is wrong."""

    reason: Annotated[str, Field(min_length=1, max_length=200)]
    version: Version | None = None


class MergeIn(In):
    """Into whom the customer goes; the versions are those that were read."""

    into: CustomerId
    version: Version | None = None
    into_version: Version | None = None
    reason: Reason = ""


class UnmergeIn(In):
    """Why the merge was wrong."""

    version: Version | None = None
    reason: Reason = ""


class MergedOut(Out):
    """What became of two customers. `action` is what was done now, or before by the same request."""

    action: Literal["merged", "parted"]
    stays: str
    goes: str
    customer: WholeOut
