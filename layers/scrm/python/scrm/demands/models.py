"""What the routes of demands take and answer."""

from typing import Annotated, Any

from pydantic import Field, StrictBool

from scrm.demands.model import DemandStatus
from scrm.fields.model import FieldType
from scrm.http.fields import In, Moment, Out
from scrm.sidebar.models import FieldKey, FieldValue, Line, Version

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$", examples=["hiring"])]
Option = Annotated[Line, Field(min_length=1, max_length=50)]
Values = Annotated[dict[FieldKey, FieldValue], Field(max_length=50)]


class DemandFieldIn(In):
    """One field of a kind of demand."""

    key: FieldKey
    title: Annotated[Line, Field(min_length=1, max_length=40)]
    type: FieldType = "text"
    options: Annotated[list[Option], Field(max_length=100)] = Field(default_factory=list)
    required: StrictBool = False


class DemandKindIn(In):
    """A whole kind of demand as it is to be. `version` is the one that was read, 0 for a new kind."""

    version: Version
    name: Annotated[Line, Field(min_length=1, max_length=40)]
    fields: Annotated[list[DemandFieldIn], Field(min_length=1, max_length=50)]
    active: StrictBool = True


class DemandFieldOut(Out):
    """One field of a kind of demand."""

    key: str
    title: str
    type: FieldType
    options: list[str]
    required: bool


class DemandKindOut(Out):
    """One kind of demand; of one that is not active no new demand is recorded."""

    key: str
    name: str
    fields: list[DemandFieldOut]
    active: bool
    version: int
    updated_at: Moment


class DemandKindsOut(Out):
    """Every kind of demand."""

    items: list[DemandKindOut]


class DemandIn(In):
    """A new demand of the customer."""

    kind: Key
    values: Values


class DemandChangeIn(In):
    """A demand as it is to be. `version` is the one that was read."""

    version: Version
    values: Values
    status: DemandStatus = "open"


class DemandOut(Out):
    """One demand; numbers of persons in its texts are masked."""

    demand_id: str
    kind: str
    kind_name: str
    values: dict[str, Any]
    status: DemandStatus
    by: str
    created_at: Moment
    updated_at: Moment
    version: int


class DemandsOut(Out):
    """Every demand of a customer, latest first."""

    items: list[DemandOut]
