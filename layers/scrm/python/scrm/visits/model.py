"""A visit 拜访: a member is to see a customer at a time and place, and says that they did (LED-30). Pure."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Literal

from scrm.tasks.model import Task, task

Status = Literal["planned", "done", "cancelled"]


@dataclass(frozen=True)
class CheckIn:
    """That a member was there: when, where as they say, where their phone says (WGS 84), what came of it."""

    at: datetime
    place: str
    content: str
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True)
class Visit:
    """One visit of a lead or a customer; times in UTC, whole seconds.

    `visit_id` tells by when and whose it is, as a to-do's does. `remind_minutes`: so long before it the
    member is reminded. `every_days`: the next one is planned with the check-in, 0 for none. `follow_id` is
    the lead's follow-up record that the check-in made.
    """

    visit_id: str
    owner: str
    at: datetime
    place: str
    purpose: str = ""
    lead_id: str = ""
    external_userid: str = ""
    customer_id: str = ""
    remind_minutes: int = 60
    every_days: int = 0
    status: Status = "planned"
    created_at: datetime | None = None
    closed_at: datetime | None = None
    check_in: CheckIn | None = None
    reason: str = ""
    follow_id: str = ""
    next_id: str = ""
    version: int = 1


def visit_id_of(owner: str, at: datetime, seed: str) -> str:
    """Return the id of a visit: the same for the same seed, time and member."""
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{sha256(seed.encode()).hexdigest()[:16]}-{owner.lower()}"


def done(visit: Visit, told: CheckIn, follow_id: str) -> tuple[Visit, Visit | None]:
    """Return a visit that took place, and the next one of those that come again and again."""
    after = following(visit, told.at)
    closed = replace(
        visit,
        status="done",
        closed_at=told.at,
        check_in=told,
        follow_id=follow_id,
        next_id=after.visit_id if after else "",
        version=visit.version + 1,
    )
    return closed, after


def cancelled(visit: Visit, reason: str, now: datetime) -> Visit:
    """Return a visit that does not take place; nothing follows it."""
    at = now.replace(microsecond=0)
    return replace(visit, status="cancelled", closed_at=at, reason=reason, version=visit.version + 1)


def following(visit: Visit, now: datetime) -> Visit | None:
    """Return the next visit after one: so many days later at the same time of day, after now."""
    if not visit.every_days:
        return None
    step = timedelta(days=visit.every_days)
    at = visit.at + step
    while at <= now:
        at += step
    return Visit(
        visit_id_of(visit.owner, at, visit.visit_id),
        visit.owner,
        at,
        visit.place,
        visit.purpose,
        visit.lead_id,
        visit.external_userid,
        visit.customer_id,
        visit.remind_minutes,
        visit.every_days,
        created_at=now.replace(microsecond=0),
    )


def to_do_of(visit: Visit) -> Task:
    """Return the to-do of a visit, of which its member is reminded; it names nobody."""
    remind_at = visit.at - timedelta(minutes=visit.remind_minutes)
    about = {"lead_id": visit.lead_id} if visit.lead_id else {}
    return task(
        "visit",
        visit.owner,
        visit.at,
        visit.visit_id,
        created_at=visit.created_at or visit.at,
        external_userid=visit.external_userid or None,
        customer_id=visit.customer_id or None,
        payload={
            "title": "客户拜访",
            "visit_id": visit.visit_id,
            "remind_at": remind_at.isoformat(),
            **about,
        },
    )
