"""What the routes of accounts take and answer."""

from typing import Annotated

from pydantic import Field, StrictBool

from scrm.http.fields import In, Moment, Out
from scrm.sidebar.models import Line, Version

Word = Annotated[Line, Field(max_length=40)]
Phone = Annotated[str, Field(pattern=r"^([0-9+*() -]{3,24})?$", examples=["13800008000"])]


class PersonIn(In):
    """Somebody at the company. A masked phone keeps the one it stands for."""

    name: Annotated[Line, Field(min_length=1, max_length=40)]
    title: Word = ""
    phone: Phone = ""
    is_kp: StrictBool = False


class AccountIn(In):
    """The whole account as it is to be. `version` is the one that was read."""

    version: Version | None = None
    name: Annotated[Line, Field(min_length=1, max_length=80)]
    nature: Word = ""
    size: Word = ""
    funding: Word = ""
    people: Annotated[list[PersonIn], Field(max_length=50)] = Field(default_factory=list)


class PersonOut(Out):
    """Somebody at the company; the phone is masked. `is_kp`: a key person 关键人."""

    name: str
    title: str
    phone: str
    is_kp: bool


class AccountOut(Out):
    """The company a customer speaks for; the name is empty and the version 0 while none was noted."""

    name: str
    nature: str
    size: str
    funding: str
    people: list[PersonOut]
    version: int
    updated_by: str
    updated_at: Moment | None
