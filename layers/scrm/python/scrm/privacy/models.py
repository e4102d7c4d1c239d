"""What the routes of privacy take and answer."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field, model_validator

from scrm.http.fields import In, Moment, Out
from scrm.privacy.consent import Purpose

Version = Annotated[int, Field(ge=0, le=2**31)]
Source = Annotated[
    str, Field(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f#]+$", examples=["微信会话"])
]


class ConsentIn(In):
    """The customer's word on one purpose. Without `at` it was given now."""

    purpose: Purpose
    given: bool
    at: AwareDatetime | None = None
    source: Source


Words = Annotated[list[ConsentIn], Field(min_length=1, max_length=8)]


class ConsentsIn(In):
    """Words of the customer. `version` is the customer's as it was read."""

    version: Version | None = None
    consents: Words


class IntegrationConsentsIn(In):
    """Words of one customer, named by exactly one of their ids."""

    external_userid: Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,64}$")] | None = None
    customer_id: Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,64}$")] | None = None
    crmid: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    unionid: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    phone: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    consents: Words

    @model_validator(mode="after")
    def _names_somebody(self) -> "IntegrationConsentsIn":
        who = (self.external_userid, self.customer_id, self.crmid, self.unionid, self.phone)
        if sum(each is not None for each in who) != 1:
            raise ValueError("external_userid、customer_id、crmid、unionid、phone 必须且只能给出一个")
        return self


class ConsentOut(Out):
    """What holds for one purpose. Without any word `at` is null and the default of the purpose holds."""

    purpose: Purpose
    allowed: bool
    at: Moment | None
    source: str
    by: str


class ConsentsOut(Out):
    """What the customer has agreed to. `may_market`: whether marketing may be sent to them now."""

    customer_id: str
    consents: list[ConsentOut]
    may_market: bool
    opted_out_at: Moment | None
    version: int


class ConsentEventOut(Out):
    """One word as it was told."""

    purpose: Purpose
    given: bool
    at: Moment
    source: str
    by: str


class ConsentHistoryOut(ConsentsOut):
    """What holds, and every word that led there, newest first."""

    history: list[ConsentEventOut]


class ReasonIn(In):
    """Why it is done; kept with the line in the audit log. Name no person in it."""

    reason: Annotated[str, Field(min_length=2, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


ErasureStatus = Literal["running", "checking", "done"]


class EraseIn(ReasonIn):
    """What it takes to erase a person: a reason, and the words that say it is meant."""

    confirm: Literal["永久删除"]


class ErasureOut(Out):
    """An erasure and how far it is. `counts` are rows by store, `rows` all of them."""

    erasure_id: str
    status: ErasureStatus
    requested_by: str
    requested_at: Moment
    finished_at: Moment | None
    rows: int
    counts: dict[str, int]


class PersonExportIn(ReasonIn):
    """Why, and where to go on with a long export."""

    cursor: Annotated[str, Field(max_length=2000)] | None = None


class SectionOut(Out):
    """What one store holds of the person, every field of every row."""

    store: str
    rows: list[dict[str, Any]]


class PersonOut(Out):
    """Everything that is stored of a person: as data, and as a text to hand over.

    A long one comes in parts: follow `next_cursor`, null in the last.
    """

    customer_id: str
    exported_at: Moment
    sections: list[SectionOut]
    text: str
    next_cursor: str | None
