"""Hours and workdays of the corp, in Beijing time."""

from datetime import datetime

import pytest

from scrm.settings.model import Hours


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
