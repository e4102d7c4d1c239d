"""Shifts that keep to the calendar of working days (spec 4.2 `roster`, L9)."""

from dataclasses import replace
from datetime import datetime

import pytest

from scrm.channel_codes.model import Shift
from scrm.leads.algorithms import Cursor
from scrm.leads.model import Lead
from scrm.leads.policy import Member, Pool, RuleOfPool, Standing, ready
from scrm.moments import BEIJING
from scrm.settings.model import Settings

WEEKDAYS = (Shift("09:00", "18:00", (1, 2, 3, 4, 5)),)
BY_CALENDAR = Member("A", shifts=WEEKDAYS, by_calendar=True)
CORP = Settings()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


def asked(member: Member, now: str, corp: Settings = CORP) -> tuple[bool, datetime | None]:
    """Return whether a member is on shift at a Beijing time, and when the next shift of theirs begins."""
    standing = Standing({}, {"a"}, frozenset(), corp)
    rule = RuleOfPool("R", "P", off_hours="queue_until_open")
    found = ready(
        rule, Pool("P", "公海", (member,)), Cursor(), standing, Lead("L", "NEW", "website"), at(now)
    )
    return found.members[0].on_shift, found.opens_at


@pytest.mark.parametrize(
    ("now", "on"),
    [
        ("2026-09-30T17:59", True),
        ("2026-10-01T10:00", False),  # 国庆节, a Thursday
        ("2026-10-08T09:00", True),
        ("2026-10-10T10:00", True),  # 调休, a Saturday
        ("2026-10-17T10:00", False),
    ],
)
def test_by_calendar_holidays_are_off_and_worked_weekends_on(now: str, on: bool) -> None:
    assert asked(BY_CALENDAR, now)[0] is on


def test_without_the_calendar_weekdays_alone_decide() -> None:
    member = replace(BY_CALENDAR, by_calendar=False)

    assert asked(member, "2026-10-01T10:00")[0]
    assert not asked(member, "2026-10-10T10:00")[0]
    assert asked(member, "2026-09-30T18:00")[1] == at("2026-10-01T09:00")


def test_what_waits_for_the_shift_waits_through_the_longest_holidays() -> None:
    assert asked(BY_CALENDAR, "2026-02-14T18:00") == (False, at("2026-02-24T09:00"))
    assert asked(BY_CALENDAR, "2026-09-30T18:00") == (False, at("2026-10-08T09:00"))


def test_the_settings_own_days_hold_for_shifts_too() -> None:
    corp = Settings(holidays=("2026-03-03",), extra_workdays=("2026-10-01",))

    assert asked(BY_CALENDAR, "2026-03-03T10:00", corp) == (False, at("2026-03-04T09:00"))
    assert asked(BY_CALENDAR, "2026-10-01T10:00", corp)[0]


def test_a_night_shift_that_began_on_a_working_day_goes_on_into_the_holiday() -> None:
    night = replace(BY_CALENDAR, shifts=(Shift("22:00", "06:00", (1, 2, 3, 4, 5)),))

    assert asked(night, "2026-10-01T05:59")[0]
    assert not asked(night, "2026-10-01T22:00")[0]
    assert not asked(night, "2026-10-02T05:00")[0]
