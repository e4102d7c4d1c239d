"""Judging the rows of a feed one by one, so that a wrong one does not stop the others."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from scrm.http import validation
from scrm.integrations.models import RowError

# A source's clock may run a little ahead of ours.
AHEAD = timedelta(minutes=10)
# Whatever is older is a source without a clock; and its year would not sort as text.
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)

M = TypeVar("M", bound=BaseModel)


@cache
def _judge(model: type[M]) -> TypeAdapter[M]:
    return TypeAdapter(model)


def judged(model: type[M], row: Any, now: datetime, times: Sequence[str] = ()) -> M | list[RowError]:
    """Return a row as its model, or what is wrong with it. `times` are fields that tell of the past."""
    try:
        good = _judge(model).validate_python(row)
    except ValidationError as error:
        return [
            RowError(field=each.field, message=each.message) for each in validation.field_errors(error, "row")
        ]
    wrong = [
        RowError(field=name, message=message)
        for name in times
        if (at := getattr(good, name)) is not None and (message := wrong_time(at, now))
    ]
    return wrong or good


def wrong_time(at: datetime, now: datetime) -> str:
    """Return what is wrong with the time of something that happened, "" for nothing."""
    if at < EARLIEST:
        return "时间早于 2000 年"
    return "时间在将来" if at > now + AHEAD else ""


def whole(at: datetime) -> datetime:
    """Return a time as it is kept: in UTC, whole seconds."""
    return at.astimezone(UTC).replace(microsecond=0)


def said(row: Any, name: str, longest: int = 128) -> str:
    """Return what a row that may be anything says under a name, to tell it from the others."""
    return str(row.get(name, ""))[:longest] if isinstance(row, dict) else ""
