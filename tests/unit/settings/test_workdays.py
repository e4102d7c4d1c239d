"""On which days the corp works: its settings over the public calendar (LED-12, spec 4.5 R1)."""

from datetime import date, datetime, timedelta

import pytest

from scrm.doctor.calendar_checks import public_holidays
from scrm.leads.worktime import due_after
from scrm.settings.model import BEIJING, Settings
from scrm.workdays import NeverWorks, is_announced, is_workday, next_workday

UNKNOWN = 2049


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-03-02", True),
        ("2026-03-07", False),
        ("2026-02-17", False),  # 春节
        ("2026-02-28", True),  # 春节调休, a Saturday
        ("2026-09-25", False),  # 中秋, a Friday
        ("2026-10-07", False),  # the last day of 国庆节, a Wednesday
        ("2026-10-10", True),  # 国庆节调休, a Saturday
        (f"{UNKNOWN}-10-01", True),  # nobody has announced it: a Friday
    ],
)
def test_public_holidays_and_worked_weekends_are_known(day: str, works: bool) -> None:
    assert is_workday(date.fromisoformat(day), Settings()) is works


def test_the_settings_precede_the_public_calendar_and_worked_days_the_days_off() -> None:
    corp = Settings(holidays=("2026-10-10", "2026-03-02"), extra_workdays=("2026-10-01", "2026-03-02"))

    assert not is_workday(date(2026, 10, 10), corp)
    assert is_workday(date(2026, 10, 1), corp)
    assert is_workday(date(2026, 3, 2), corp)


def test_the_week_decides_what_nobody_else_has() -> None:
    corp = Settings(workdays=(2, 3, 4, 5, 6))

    assert [is_workday(date(2026, 3, day), corp) for day in (2, 7, 8)] == [False, True, False]
    assert not is_workday(date(2026, 9, 26), corp), "中秋 is a Saturday that they would work"


def test_a_year_that_was_not_announced_goes_by_the_week_and_the_settings() -> None:
    corp = Settings(holidays=(f"{UNKNOWN}-10-01",))

    assert not is_announced(UNKNOWN)
    assert not is_workday(date(UNKNOWN, 10, 1), corp)
    assert is_workday(date(UNKNOWN, 10, 4), corp)


def test_the_next_workday_is_after_the_holidays() -> None:
    assert next_workday(date(2026, 9, 30), Settings()) == date(2026, 10, 8)
    assert next_workday(date(2026, 10, 9), Settings()) == date(2026, 10, 10)
    with pytest.raises(NeverWorks):
        next_workday(date(UNKNOWN, 3, 1), Settings(workdays=()))


def test_the_first_follow_is_due_after_the_holidays() -> None:
    """As L17, over 国庆节: assigned on Wednesday 09-30 17:00, two working hours."""
    assigned = datetime(2026, 9, 30, 17, tzinfo=BEIJING)

    assert due_after(assigned, timedelta(hours=2), Settings()) == datetime(2026, 10, 8, 10, tzinfo=BEIJING)


def test_a_day_is_beijings() -> None:
    friday_night = datetime.fromisoformat("2026-03-06T16:30:00+00:00")

    assert due_after(friday_night, timedelta(hours=1), Settings()) == datetime(2026, 3, 9, 10, tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("now", "settings", "unknown"),
    [
        (datetime(2026, 3, 2, tzinfo=BEIJING), Settings(), None),
        (datetime(UNKNOWN, 3, 2, tzinfo=BEIJING), Settings(), [UNKNOWN]),
        (datetime(UNKNOWN, 12, 1, tzinfo=BEIJING), Settings(), [UNKNOWN, UNKNOWN + 1]),
        (datetime(UNKNOWN, 3, 2, tzinfo=BEIJING), Settings(holidays=(f"{UNKNOWN}-10-01",)), None),
    ],
)
def test_the_doctor_tells_a_year_whose_holidays_nobody_knows(
    now: datetime, settings: Settings, unknown: list[int] | None
) -> None:
    verdict = public_holidays(now, lambda: settings)

    assert verdict.status == ("warn" if unknown else "ok")
    assert unknown is None or verdict.seen == {"years": unknown}
    assert unknown is None or (str(UNKNOWN) in verdict.sentence and "holidays" in verdict.fix)
