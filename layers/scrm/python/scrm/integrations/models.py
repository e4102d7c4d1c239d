"""What the routes under /integrations take and answer."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from scrm.http.fields import In, Moment, Out
from scrm.identities.normalise import IdentityKind

Id = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,64}$")]
Userid = Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z_.@-]{0,63}$")]
Value = Annotated[str, Field(min_length=1, max_length=128)]
Amount = Annotated[int, Field(ge=0, le=10**13)]
Count = Annotated[int, Field(ge=0, le=10**9)]
Line = Annotated[str, Field(max_length=200)]


class SerialIn(In):
    """A code for one CRM record. Without members there is a state but no QR code."""

    crmid: Value
    userids: Annotated[list[Userid], Field(max_length=100)] = Field(default_factory=list)


class SerialOut(Out):
    """A serial code 串码. `state` comes back with the add; `qr_code` is empty until it is made."""

    state: str
    crmid: str
    userids: list[str]
    status: Literal["creating", "active", "state_only", "failed"]
    qr_code: str
    failure: str
    created_at: Moment


class IdentitiesIn(In):
    """Values that belong to one person; at least two, or one and a customer."""

    external_userid: Id | None = None
    customer_id: Id | None = None
    phone: Value | None = None
    email: Value | None = None
    unionid: Value | None = None
    crmid: Value | None = None
    plate: Value | None = None
    student_no: Value | None = None
    card_no: Value | None = None
    id_card: Value | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "IdentitiesIn":
        if not any(getattr(self, kind) for kind in IDENTITY_FIELDS):
            raise ValueError("至少给出一个身份标识")
        if len(self.model_fields_set) < 2:
            raise ValueError("至少给出两项才能绑定")
        return self


IDENTITY_FIELDS: tuple[IdentityKind, ...] = (
    "phone",
    "email",
    "unionid",
    "crmid",
    "plate",
    "student_no",
    "card_no",
    "id_card",
)


class IdentitiesOut(Out):
    """Whose the values are now. `created`: nobody was known by any of them before."""

    customer_id: str
    kinds: list[IdentityKind]
    created: bool


class AboutIn(In):
    """Whom a row speaks of: by exactly one of these."""

    external_userid: Id | None = None
    customer_id: Id | None = None
    crmid: Value | None = None
    unionid: Value | None = None
    phone: Value | None = None
    email: Value | None = None
    plate: Value | None = None
    student_no: Value | None = None
    card_no: Value | None = None
    id_card: Value | None = None

    @model_validator(mode="after")
    def _names_somebody(self) -> "AboutIn":
        if sum(getattr(self, name) is not None for name in ABOUT) != 1:
            raise ValueError(
                "external_userid、customer_id、crmid、unionid、phone 等身份标识必须且只能给出一个"
            )
        return self

    def about(self) -> tuple[str, str]:
        """Return by what it names somebody, and the value."""
        return next((name, value) for name in ABOUT if (value := getattr(self, name)) is not None)


ABOUT = ("external_userid", "customer_id", *IDENTITY_FIELDS)


class RowError(Out):
    """One thing wrong with one field of a row."""

    field: str
    message: str
