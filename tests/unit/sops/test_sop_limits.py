"""What a SOP must bear without end, loss or crash: odd dates, cycles for years, endings that lead back."""

from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import ValidationError

from scrm.customers.model import Customer
from scrm.sops.birthdays import birthday_of
from scrm.sops.caps import Touches
from scrm.sops.deciding import Seen, decide
from scrm.sops.definition_checking import endless, wrong_definition
from scrm.sops.definition_models import ScheduleModel
from scrm.sops.enrollment import bar_of
from scrm.sops.model import Ending, Policies, Schedule, Step, Version
from scrm.sops.moving import NotPossible, deferred, dispatched, ended, jumped
from scrm.sops.stored import text_of
from tests.unit.sops.journeys import CORP, SOP_A, SOP_T, at, in_sop, with_policy


@pytest.mark.parametrize("day", ["0001-01-01", "1999-12-31", "2100-01-01", "9999-12-31"])
def test_sop_01_a_day_at_the_ends_of_the_calendar_is_refused(day: str) -> None:
    with pytest.raises(ValidationError):
        ScheduleModel(date=day)
    assert ScheduleModel(date="2099-12-31").date == "2099-12-31"


def test_sop_01_a_sop_ends_within_ten_years() -> None:
    far = replace(SOP_A, steps=(*SOP_A.steps, Step("A6", "A6", schedule=Schedule(days=3655))))
    assert [each.field for each in wrong_definition(far)] == ["steps"]


def test_sop_08_a_birthday_that_no_year_has_is_none() -> None:
    born = [
        birthday_of(Customer("c", custom_fields={"birthday": f"1990-{day}"})) for day in ("02-30", "04-31")
    ]
    assert born == ["", ""]
    assert birthday_of(Customer("c", custom_fields={"birthday": "02-29"})) == "02-29"


def test_sop_08_a_weekly_step_keeps_its_row_small_and_counts_its_times() -> None:
    def years(times: int) -> tuple[int, int, str]:
        step = Step("W", "W", schedule=Schedule(cycle="weekly:1", at="10:00", times=times))
        version = replace(SOP_T, steps=(step,))
        it, count = in_sop(version, "02 11:00"), 0
        while it.cursor and count < 200:
            it = dispatched(it, step, version, CORP, it.due_at or at("02 11:00"))
            it, count = ended(it, step, "SENT", it.dispatched[0].at, version, CORP), count + 1
        return count, len(text_of(it)), it.status

    count, size, status = years(0)
    assert (count, status) == (200, "ACTIVE")
    assert size < 1024
    assert years(30)[0::2] == (30, "COMPLETED")


def test_sop_18_a_late_window_does_not_move_with_what_is_put_off() -> None:
    """D1 is due 03-03 10:00 with six hours; put off to 14:00 and capped again it cannot wait until 19:00."""
    it = in_sop(SOP_T, "02 10:15")
    step = SOP_T.steps[0]
    it = ended(dispatched(it, step, SOP_T, CORP, at("02 10:20")), step, "SENT", at("02 10:21"), SOP_T, CORP)
    step, week, put_off = (
        SOP_T.steps[1],
        replace(CORP, marketing_day_cap=9, marketing_week_cap=1),
        at("03 14:00"),
    )
    it = deferred(it, step, put_off, SOP_T, CORP)
    capped = Seen(touches=Touches({"other": at("03 19:00") - timedelta(hours=168)}))
    assert decide(it, step, SOP_T, capped, week, put_off).kind == "miss"
    soon = Seen(touches=Touches({"other": at("03 15:00") - timedelta(hours=168)}))
    assert decide(it, step, SOP_T, soon, week, put_off).until == at("03 15:00")


def test_sop_22_nobody_jumps_to_a_mass_send_that_wecom_has_already() -> None:
    mass = replace(SOP_A.steps[1], mode="mass", requires=())
    version = replace(SOP_A, steps=(mass, *SOP_A.steps[2:]))
    it = dispatched(in_sop(version, "02 10:15"), mass, version, CORP, at("02 10:15"))
    with pytest.raises(NotPossible):
        jumped(it, mass, version, CORP, at("02 11:00"))
    it = jumped(it, version.steps[-2], version, CORP, at("02 11:00"))
    assert it.cursor == "A4"
    for step, sent_at in ((version.steps[-2], "02 12:00"), (version.steps[-1], "06 20:00")):
        it = dispatched(it, step, version, CORP, at(sent_at))
        it = ended(it, step, "SENT", at(sent_at), version, CORP)
    assert it.status == "ACTIVE"
    it = ended(it, mass, "SENT", at("07 10:00"), version, CORP)
    assert (it.status, str(bar_of(it, version))) == ("COMPLETED", "3/3")


def test_sop_24_endings_that_lead_back_at_once_are_refused() -> None:
    def leading(sop_id: str, to: str, **policies: int) -> Version:
        version = replace(SOP_A, sop_id=sop_id, completed=Ending(sop_id=to), policies=Policies())
        return with_policy(version, **{"reentry_days": 0, **policies})

    round_ = {each.sop_id: each for each in (leading("B", "C"), leading("C", "A"))}
    assert [each.field for each in endless(leading("A", "B"), round_.get)] == ["completed.sop_id"]
    for stopped in ({"reentry_days": 1}, {"cycles": 5}):
        assert endless(leading("A", "B"), {**round_, "C": leading("C", "A", **stopped)}.get) == []
        assert endless(leading("A", "B", **stopped), round_.get) == []
    assert endless(leading("A", "Z"), round_.get) == []
    assert endless(replace(leading("A", ""), completed=Ending()), round_.get) == []
