"""What the route of forecasts takes and answers."""

from datetime import date
from typing import Annotated

from pydantic import Field

from scrm.http.fields import In, Moment, Out


class SopForecastQuery(In):
    """What if everybody the SOP is for, or all in a segment, entered at `enter` (Beijing, now unless told).

    `days`: how far to look. `version`: which version, without one the latest.
    """

    enter: Annotated[str, Field(min_length=10, max_length=40, examples=["2026-03-02T10:15"])] | None = None
    segment_id: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    days: Annotated[int, Field(ge=1, le=120)] = 60
    version: Annotated[int, Field(ge=1, le=9999)] | None = None


class LoadOut(Out):
    """What a member would have on one Beijing day: to-dos, and customers in mass sends to confirm."""

    userid: str
    day: date
    to_dos: int
    recipients: int


class DayLoadOut(Out):
    """What all members together would have on one Beijing day, and calls of mass sends to WeCom."""

    day: date
    to_dos: int
    recipients: int
    calls: int


class BoundOut(Out):
    """A cap that would bind at a step: "cap" is the customer's or WeCom's, "staff" a member's full day."""

    step_key: str
    why: str
    put_off: int
    missed: int


class StepForecastOut(Out):
    """How many would get a step, how many would not, and why not is in `bounds`."""

    step_key: str
    sent: int
    missed: int
    skipped: int


class SopForecastOut(Out):
    """A forecast, by the rules that run it, were each step sent on time.

    `customers` were looked at; `complete` false: there are more, and these are the latest added. `refused`
    counts who may not enter by reason, `ends` how bars would end. `fullest`: the members' fullest days.
    """

    sop_id: str
    version: int
    enter: Moment
    customers: int
    complete: bool
    entering: int
    refused: dict[str, int]
    ends: dict[str, int]
    days: list[DayLoadOut]
    fullest: list[LoadOut]
    bounds: list[BoundOut]
    steps: list[StepForecastOut]
    calls: int
    last_at: Moment | None
