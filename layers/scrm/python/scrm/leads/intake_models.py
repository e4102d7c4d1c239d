"""What the routes that take leads in take and answer."""

from typing import Annotated, Literal

from pydantic import Field

from scrm.http.fields import In, Moment, Out
from scrm.leads.saying import LONG, SHORT

Text = Annotated[str, Field(max_length=SHORT, pattern=r"^[^\x00-\x1f\x7f]*$")]
Long = Annotated[str, Field(max_length=LONG)]
Value = Annotated[str, Field(min_length=1, max_length=128)]
Id = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{0,64}$")]
Region = Annotated[str, Field(pattern=r"^([1-9]\d{5})?$", examples=["330106"])]


class LeadIn(In):
    """A lead: at least one way to reach its person, or an id that tells them apart."""

    name: Text = ""
    phone: Value | None = None
    unionid: Value | None = None
    external_userid: Value | None = None
    crmid: Value | None = None
    email: Value | None = None
    wechat: Value | None = None
    company: Text = ""
    product: Text = ""
    channel_id: Id = ""
    region: Region = ""
    campaign: Text = ""
    demand: Long = ""
    note: Long = ""


class WarningOut(Out):
    """Something to know of a lead that does not stop it. `company_known`: an open lead is of that company."""

    code: Literal["company_known"]
    message: str
    owner: str | None = None


class CreatedOut(Out):
    """A lead as it was made. `renewal`: its person was won before, and it is theirs who won them."""

    lead_id: str
    status: str
    owner: str
    pool_id: str
    renewal: bool
    previous_lead_id: str | None
    protect_until: Moment | None
    hard_until: Moment | None
    first_due: Moment | None
    warnings: list[WarningOut]


class CleanIn(In):
    """What somebody found out of a lead before it is given to anybody."""

    result: Literal["valid", "invalid"]
    reason: Annotated[str, Field(max_length=200)] = ""


class CleanedOut(Out):
    """A lead once it has been cleaned; whose it is, is decided within seconds."""

    lead_id: str
    status: str


class ErrorOut(Out):
    """What is wrong with one cell, by the name of its column."""

    field: str
    message: str


class RowOut(Out):
    """What became of a line: `row` counts lines of data from 1, `line` is the spreadsheet's own number."""

    row: int
    line: int
    outcome: Literal["created", "duplicate", "invalid"]
    lead_id: str | None = None
    errors: list[ErrorOut] = Field(default_factory=list)


class ImportOut(Out):
    """What became of a table, line by line."""

    created: int
    duplicate: int
    invalid: int
    rows: list[RowOut]
