"""What the routes of visits take and answer."""

from typing import Annotated

from pydantic import Field

from scrm.http.fields import In, Moment, Out, PageQuery
from scrm.leads.models import Text, Userid, Version
from scrm.visits.model import Status

Place = Annotated[str, Field(min_length=1, max_length=200, examples=["上海市长宁区某路 1 号"])]
Degrees = Annotated[float, Field(allow_inf_nan=False)]


class VisitIn(In):
    """Whom to visit, a lead or a contact, when and where; `every_days` plans the next with each check-in."""

    lead_id: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    external_userid: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    at: Annotated[Moment, Field(examples=["2026-03-05T10:00:00+08:00"])]
    place: Place
    purpose: Annotated[str, Field(max_length=500)] = ""
    remind_minutes: Annotated[int, Field(ge=0, le=10_080)] = 60
    every_days: Annotated[int, Field(ge=0, le=366)] = 0


class CheckInIn(In):
    """Where one is, as one says and as the phone says (WGS 84), what came of it, when to follow a lead up."""

    place: Place
    content: Text
    latitude: Annotated[Degrees, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[Degrees, Field(ge=-180, le=180)] | None = None
    next_at: Moment | None = None
    version: Version | None = None


class CancelIn(In):
    """Why a visit does not take place."""

    reason: Annotated[str, Field(min_length=1, max_length=500)]
    version: Version | None = None


class VisitsQuery(PageQuery):
    """Whose visits, one's own without; in which status."""

    userid: Userid | None = None
    status: Status | None = None


class CheckInOut(Out):
    """That somebody was there."""

    at: Moment
    place: str
    content: str
    latitude: float | None
    longitude: float | None


class VisitOut(Out):
    """One visit. `next_id` is the one that its check-in planned, `follow_id` the record it made of a lead."""

    visit_id: str
    owner: str
    owner_name: str
    at: Moment
    place: str
    purpose: str
    lead_id: str
    external_userid: str
    customer_id: str
    remind_minutes: int
    every_days: int
    status: Status
    overdue: bool
    created_at: Moment | None
    closed_at: Moment | None
    check_in: CheckInOut | None
    reason: str
    follow_id: str
    next_id: str
    version: int
