"""What the route of customers takes and answers."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, SkipValidation

from scrm.customers.model import ContactMethodType
from scrm.http.fields import In, Out
from scrm.integrations.models import Id, Line, RowError, Value
from scrm.integrations.order_models import MOST_ROWS, PartVersion, ProductCode, Rows
from scrm.sidebar.models import FieldKey, FieldValue

Birthday = Annotated[
    str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$", examples=["1990-05-01"])
]


class MethodIn(In):
    """A way to reach the customer, as the CRM has it."""

    type: ContactMethodType
    value: Annotated[str, Field(min_length=1, max_length=128)]


class CustomerRowIn(In):
    """A customer as the CRM has them: the newest `version` of a crmid counts, whenever it arrives.

    What is left out stays as it is; null takes a custom field away. A field the CRM masters (by its own
    definition, or named in `mastered`) always becomes what the CRM says; any other one only where people here
    have not said otherwise.
    """

    crmid: Value
    version: PartVersion
    external_userid: Id | None = None
    customer_id: Id | None = None
    phone: Value | None = None
    email: Value | None = None
    unionid: Value | None = None
    plate: Value | None = None
    student_no: Value | None = None
    card_no: Value | None = None
    id_card: Value | None = None
    kind: Literal["prospect", "existing"] | None = None
    name: Line | None = None
    contact_methods: Annotated[list[MethodIn], Field(max_length=20)] = Field(default_factory=list)
    fields: Annotated[dict[FieldKey, FieldValue], Field(max_length=100)] = Field(default_factory=dict)
    mastered: Annotated[list[FieldKey], Field(max_length=100)] | None = None
    interests: Annotated[list[ProductCode], Field(max_length=100)] | None = None
    member_since: AwareDatetime | None = None
    birthday: Birthday | None = None
    follows_official_account: bool | None = None


class CustomersIn(Rows):
    """Customers, 1 to 100; or one customer by itself."""

    ROW = CustomerRowIn

    customers: Annotated[list[SkipValidation[CustomerRowIn]], Field(min_length=1, max_length=MOST_ROWS)]


class CustomerRowOut(Out):
    """What became of one row. `conflict`: its identities belong to several customers, a person decides.

    `unchanged`: this version of the record, or a later one, is known. `busy`: send the row again.
    """

    crmid: str
    status: Literal["recorded", "unchanged", "invalid", "conflict", "busy"]
    customer_id: str | None = None
    created: bool = False
    conflict_ids: list[str] = Field(default_factory=list)
    errors: list[RowError] = Field(default_factory=list)


class CustomersOut(Out):
    """What became of each row, in the order they were sent."""

    recorded: int
    results: list[CustomerRowOut]
