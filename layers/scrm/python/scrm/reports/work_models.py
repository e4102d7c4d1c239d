"""What the reports of members' work take and answer."""

from datetime import date
from typing import Annotated

from pydantic import Field

from scrm.http.fields import In, Out
from scrm.reports.span import SpanOut


class DayQuery(In):
    """Which Beijing day; today without. A page tells of 200 members."""

    day: Annotated[date | None, Field(alias="date")] = None
    cursor: str | None = None


class StaffLineOut(Out):
    """What one member did on a day. Deals are orders of which something was paid that is theirs."""

    userid: str
    name: str
    adds: int
    follow_ups: int
    tasks_due: int
    tasks_done: int
    sends: int
    deals: int
    deal_fen: int


class StaffOut(Out):
    """What the members did on a day; those who did nothing, and had nothing to do, are left out.

    A page may be short, even empty, and have a next one.
    """

    date: str
    lines: list[StaffLineOut]
    next_cursor: str | None


class MemberShareOut(Out):
    """How many leads of these days a member has, and their weight in the pool."""

    userid: str
    name: str
    leads: int
    weight: int


class PoolOut(Out):
    """How evenly a pool's leads are given: 1 is perfectly fair, null while nobody has any."""

    pool_id: str
    name: str
    index: float | None
    members: list[MemberShareOut]


class FairnessOut(SpanOut):
    """Each pool of the rules in force."""

    pools: list[PoolOut]
