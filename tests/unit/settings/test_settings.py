"""Hours and workdays of the corp, in Beijing time."""

from datetime import datetime

import pytest

from scrm.settings.model import Hours, Settings


def at(text):
    return datetime.fromisoformat(f"{text}+08:00")


@pytest.mark.parametrize(
    ("clock", "inside"),
    [("20:59", False), ("21:00", True), ("23:59", True), ("00:00", True), ("08:59", True), ("09:00", False)],
)
def test_hours_over_midnight_are_closed_at_the_start_and_open_at_the_end(clock, inside):
    assert Hours("21:00", "09:00").contains(at(f"2026-03-02T{clock}:00")) is inside


@pytest.mark.parametrize(("clock", "inside"), [("08:59", False), ("09:00", True), ("18:00", False)])
def test_hours_within_a_day(clock, inside):
    assert Hours("09:00", "18:00").contains(at(f"2026-03-02T{clock}:00")) is inside


def test_the_hours_are_beijings_whatever_the_offset_given():
    assert Hours("09:00", "18:00").contains(datetime.fromisoformat("2026-03-02T01:00:00+00:00"))


@pytest.mark.parametrize(
    ("day", "works"),
    [("2026-03-02", True), ("2026-03-07", False), ("2026-10-01", False), ("2026-10-10", True)],
)
def test_holidays_and_worked_weekends(day, works):
    settings = Settings(holidays=("2026-10-01",), extra_workdays=("2026-10-10",))

    assert settings.is_workday(at(f"{day}T10:00:00")) is works


def test_the_date_is_beijings():
    assert not Settings().is_workday(datetime.fromisoformat("2026-03-06T16:30:00+00:00"))
