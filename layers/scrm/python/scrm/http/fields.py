"""Types shared by request and response models.

A model is built when it is first used (`defer_build`): a cold function builds those of the route that is
called and not of every route it has.
"""

from datetime import datetime, timedelta, timezone
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    create_model,
)

BEIJING = timezone(timedelta(hours=8))


def _with_offset(at: datetime) -> str:
    return at.astimezone(BEIJING).isoformat(timespec="seconds")


def _in_use(at: datetime) -> datetime:
    # At the ends of the calendar another offset, or a few days more, is no time at all.
    if not 1900 <= at.year < 2200:
        raise ValueError("时间应在 1900 年至 2199 年之间")
    return at


Moment = Annotated[
    AwareDatetime,
    AfterValidator(_in_use),
    PlainSerializer(_with_offset, return_type=str, when_used="json"),
]
"""A time, sent as RFC 3339 with offset, e.g. 2026-03-02T10:15:00+08:00."""

Limit = Annotated[int, Field(ge=1, le=100)]


class In(BaseModel):
    """A request body or query: unknown fields are refused, and an error never repeats the input."""

    model_config = ConfigDict(
        extra="forbid",
        hide_input_in_errors=True,
        str_strip_whitespace=True,
        allow_inf_nan=False,
        defer_build=True,
    )


class Out(BaseModel):
    """An answer: only what it declares leaves the house."""

    model_config = ConfigDict(extra="ignore", from_attributes=True, defer_build=True)


class PageQuery(In):
    """How much of a list is asked for, and from where."""

    limit: Limit = 50
    cursor: str | None = None


T = TypeVar("T")

if TYPE_CHECKING:

    class Page(Out, Generic[T]):
        """One page of a list; `next_cursor` is null on the last one."""

        items: list[T]
        next_cursor: str | None = None

else:

    class Page(Out):
        """One page of a list; `next_cursor` is null on the last one.

        To readers of types it is generic. Pydantic's own generic models are built at import, plug-ins and
        all, which costs a cold start a quarter of the bare runtime; these wait until they are used.
        """

        items: list[Any]
        next_cursor: str | None = None

        def __class_getitem__(cls, item: type[BaseModel]) -> type[BaseModel]:
            return _page_of(item)

    @cache
    def _page_of(item: type[BaseModel]) -> type[BaseModel]:
        name = f"Page_{item.__name__}_"
        return create_model(name, __base__=Page, __doc__=Page.__doc__, items=(list[item], ...))


def dump(model: BaseModel) -> dict[str, Any]:
    """Return a model as plain JSON-ready data."""
    return model.model_dump(mode="json")
