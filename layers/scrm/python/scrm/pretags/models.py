"""What /admin/pretags takes and answers."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from scrm.http.fields import In, Out

TagId = Annotated[str, Field(min_length=1, max_length=128)]
Value = Annotated[str, Field(min_length=1, max_length=128)]


class PretagIn(In):
    """Tags for one phone or one unionid."""

    phone: Value | None = None
    unionid: Value | None = None
    tag_ids: Annotated[list[TagId], Field(min_length=1, max_length=30)]

    @model_validator(mode="after")
    def _names_one(self) -> "PretagIn":
        if (self.phone is None) == (self.unionid is None):
            raise ValueError("phone、unionid 必须且只能给出一个")
        return self


class PretagsIn(In):
    """Up to 500 rows."""

    rows: Annotated[list[Any], Field(min_length=1, max_length=500)]


class RowError(Out):
    """One thing wrong with one field of a row."""

    field: str
    message: str


class PretagRowOut(Out):
    """What became of one row, by its place in the request."""

    row: int
    status: Literal["stored", "invalid"]
    errors: list[RowError] = Field(default_factory=list)


class PretagsOut(Out):
    """What became of each row."""

    stored: int
    results: list[PretagRowOut]
