"""The oracles O-S1 to O-S11 of spec 3.11 over the pure rules."""

from dataclasses import replace
from datetime import timedelta

import pytest

from scrm.settings.model import Settings
from scrm.sops.caps import Touches
from scrm.sops.deciding import Decision, Seen, decide
from scrm.sops.enrollment import Enrollment, bar_of
from scrm.sops.migrating import republished
from scrm.sops.model import Schedule, Step, Version
from scrm.sops.moving import come_back, ended, exited, handed_over, jumped, next_look, paused, resumed
from scrm.sops.timing import fitting
from tests.unit.sops.journeys import CORP, SOP_A, SOP_T, at, go, in_sop, sent, shown

NOTHING = Seen()


def due(enrollment: Enrollment) -> str:
    return shown(enrollment.due_at)


def decided(
    was: Enrollment, version: Version, when: str, seen: Seen = NOTHING, corp: Settings = CORP
) -> Decision:
    step = version.step(was.cursor)
    assert step
    return decide(was, step, version, seen, corp, at(when))


def test_o_s1_two_customers_have_two_clocks() -> None:
    x = in_sop(SOP_A, "02 10:15")
    assert (x.cursor, due(x)) == ("A1", "03-02 10:15")
    x = sent(go(x, SOP_A, "02 10:15"), SOP_A, "02 10:40")
    assert (x.cursor, due(x)) == ("A2", "03-03 10:00")
    x = sent(go(x, SOP_A, "03 10:00"), SOP_A, "05 09:30")
    assert (x.cursor, due(x)) == ("A3", "03-07 20:00")
    y = in_sop(SOP_A, "04 16:00")
    assert due(y) == "03-04 16:00"
    y = sent(go(y, SOP_A, "04 16:00"), SOP_A, "04 16:20")
    assert (str(bar_of(x, SOP_A)), str(bar_of(y, SOP_A))) == ("2/5", "1/5")


def test_o_s2_a_timed_step_that_is_missed_blocks_nothing() -> None:
    t = in_sop(SOP_T, "02 10:15")
    assert (t.cursor, due(t)) == ("D0", "03-02 10:20")
    t = sent(go(t, SOP_T, "02 10:20"), SOP_T, "02 10:30")
    assert (t.cursor, due(t)) == ("D1", "03-03 10:00")
    t = go(t, SOP_T, "03 10:00")
    assert (t.cursor, due(t), shown(t.look_at)) == ("D3", "03-05 20:00", "03-03 16:00")
    step = SOP_T.step("D1")
    assert step
    t = ended(t, step, "MISSED", at("03 16:00"), SOP_T, CORP, why="late")
    assert (t.cursor, due(t), shown(t.look_at)) == ("D3", "03-05 20:00", "03-05 20:00")
    bar = bar_of(t, SOP_T)
    assert (str(bar), bar.missed) == ("1/3", 1)


def test_o_s3_what_falls_into_quiet_hours_waits_for_their_end() -> None:
    assert due(in_sop(SOP_A, "02 22:30")) == "03-03 09:00"


def test_o_s4_the_cap_of_a_day_lets_the_first_by_priority_through() -> None:
    a = sent(go(in_sop(SOP_A, "02 10:15"), SOP_A, "02 10:15"), SOP_A, "02 10:40")
    c = replace(a, sop_id="C")
    a1 = Touches({"a1": at("02 10:15")})
    assert decided(a, SOP_A, "03 10:00", Seen(touches=a1)) == Decision("dispatch")
    full = a1.with_("a2", at("03 10:00"), mass=False)
    assert decided(c, replace(SOP_A, priority=20), "03 10:00", Seen(touches=full)) == Decision(
        "defer", "cap", at("04 10:00")
    )


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("per_month:4", Decision("defer", "cap", at("04-01 10:00"))),
        ("month_days", Decision("dispatch")),
    ],
)
def test_o_s5_the_platforms_quota_of_a_month(policy: str, expected: Decision) -> None:
    mass = Version("M", 1, "M", "step_by_step", (Step("M1", "M1", "mass", Schedule(days=4, at="10:00")),))
    was = in_sop(mass, "24 10:00")
    days = {day: at(f"{day} 10:00") for day in ("03", "10", "17", "24")}
    corp = replace(CORP, quota_policy=policy)  # type: ignore[arg-type]  # one of the policies
    seen = Seen(touches=Touches(days, days))
    assert due(was) == "03-28 10:00"
    assert decided(was, mass, "28 10:00", seen, corp) == expected


def a3() -> Enrollment:
    x = sent(go(in_sop(SOP_A, "02 10:15"), SOP_A, "02 10:15"), SOP_A, "02 10:40")
    return sent(go(x, SOP_A, "03 10:00"), SOP_A, "05 09:30")


@pytest.mark.parametrize(("settled", "expected"), [("07 11:00", "03-07 20:00"), ("08 11:00", "03-08 11:00")])
def test_o_s6_the_bar_moves_with_the_owner(settled: str, expected: str) -> None:
    x = paused(a3(), "transfer_pending", SOP_A, at("06 11:00"))
    assert (x.status, x.why, x.look_at) == ("PAUSED", "transfer_pending", None)
    x = handed_over(x, "L", "wm1", SOP_A, CORP, at(settled))
    assert (x.status, x.owner, x.cursor, due(x)) == ("ACTIVE", "L", "A3", expected)
    assert str(bar_of(x, SOP_A)) == "2/5"


def test_o_s6_the_open_to_do_comes_again_under_the_new_owner() -> None:
    x = go(a3(), SOP_A, "07 20:00")
    x = paused(x, "transfer_pending", SOP_A, at("07 20:30"))
    assert [each.status for each in x.runs] == ["SENT", "SENT", "CANCELLED"]
    x = handed_over(x, "L", "wm1", SOP_A, CORP, at("08 11:00"))
    assert (x.cursor, due(x)) == ("A3", "03-08 11:00")
    assert go(x, SOP_A, "08 11:00").dispatched[0].attempt == 2


def test_3_13_refused_after_the_due_has_passed_it_is_due_now() -> None:
    x = paused(a3(), "transfer_pending", SOP_A, at("06 11:00"))
    assert due(resumed(x, SOP_A, CORP, at("08 12:00"))) == "03-08 12:00"
    assert due(resumed(x, SOP_A, CORP, at("08 22:00"))) == "03-09 09:00"


def test_o_s7_deleted_and_added_again() -> None:
    x = exited(a3(), "lost_relation", at("06 12:00"))
    assert (x.status, x.why, x.due_at) == ("EXITED", "lost_relation", None)
    x = come_back(x, "zhangsan", "wm1", SOP_A, CORP, at("20 14:00"))
    assert (x.status, x.cursor, due(x)) == ("ACTIVE", "A3", "03-20 20:00")
    late = come_back(exited(a3(), "lost_relation", at("06 12:00")), "z", "wm1", SOP_A, CORP, at("20 20:30"))
    assert due(late) == "03-21 20:00"


def plain(number: int, *keys: str) -> Version:
    steps = tuple(Step(key, key, schedule=Schedule(days=1, at="10:00")) for key in keys)
    return Version("V", number, "V", "step_by_step", steps)


V1 = plain(1, "s1", "s2", "s3", "s4", "s5")
V2 = plain(2, "s1", "s2b", "s3", "s6", "s5")


@pytest.mark.parametrize(("done", "migrated", "kept"), [(1, "s2b", "s2"), (3, "s6", "s4"), (4, "s6", "s5")])
def test_o_s8_publishing_while_customers_are_midway(done: int, migrated: str, kept: str) -> None:
    was = in_sop(V1, "02 10:15")
    for day in range(done):
        was = sent(go(was, V1, f"{3 + day:02} 10:00"), V1, f"{3 + day:02} 10:30")
    new = republished(was, V2, "migrate", CORP, at("09 12:00"))
    assert (new.cursor, new.version) == (migrated, 2)
    assert new.due_at == at(f"{3 + done:02} 10:00"), "the done time of the last done step stays the base"
    assert republished(new, V2, "migrate", CORP, at("09 12:00")) == new
    old = republished(was, V2, "keep", CORP, at("09 12:00"))
    assert (old.cursor, old.version) == (kept, 1)


def test_3_1_a_step_that_a_new_version_put_before_where_somebody_stands_does_not_apply() -> None:
    was = in_sop(V1, "02 10:15")
    for day in range(3, 6):
        was = sent(go(was, V1, f"{day:02} 10:00"), V1, f"{day:02} 10:30")
    q = republished(was, V2, "migrate", CORP, at("05 12:00"))
    assert (str(bar_of(q, V2)), bar_of(q, V2).skipped) == ("2/4", 1), "s1 and s3 of s1, s3, s6, s5"
    for day in (6, 7):
        q = sent(go(q, V2, f"{day:02} 10:00"), V2, f"{day:02} 10:30")
    assert (q.status, str(bar_of(q, V2))) == ("COMPLETED", "4/4")
    back = jumped(was, V1.steps[1], V1, CORP, at("05 12:00"))
    assert str(bar_of(back, V1)) == "2/5", "what is done again applies"


def test_3_1_a_step_that_comes_again_is_done_with_its_last_time_and_no_bar_goes_back() -> None:
    steps = (
        Step("W1", "周一", schedule=Schedule(cycle="weekly:1", at="10:00", times=2)),
        Step("D9", "定日", schedule=Schedule(date="2026-03-10", at="10:00")),
    )
    version = Version("W", 1, "W", "timed", steps)
    it, bars = in_sop(version, "02 10:15"), []
    for when in ("09 10:00", "10 10:00", "16 10:00"):
        it = go(it, version, when)
        bars.append(str(bar_of(it, version)))
        it = sent(it, version, when)
        bars.append(str(bar_of(it, version)))
    assert bars == ["0/2", "0/2", "0/2", "1/2", "1/2", "2/2"]
    unknown = replace(
        version, steps=(replace(steps[0], schedule=Schedule(cycle="birthday", times=2)), steps[1])
    )
    assert str(bar_of(in_sop(unknown, "02 10:15"), unknown)) == "0/1", "nobody knows their birthday"


def test_o_s8_a_dispatched_step_that_is_gone_is_cancelled() -> None:
    was = go(sent(go(in_sop(V1, "02 10:15"), V1, "03 10:00"), V1, "03 10:30"), V1, "04 10:00")
    new = republished(was, V2, "migrate", CORP, at("04 12:00"))
    assert [(each.step_key, each.status) for each in new.runs] == [("s1", "SENT"), ("s2", "CANCELLED")]
    assert new.cursor == "s2b"


def test_3_13_nothing_done_begins_with_the_first_and_nothing_left_is_complete() -> None:
    assert republished(in_sop(V1, "02 10:15"), V2, "migrate", CORP, at("02 12:00")).cursor == "s1"
    was = sent(go(in_sop(V1, "02 10:15"), V1, "03 10:00"), V1, "03 10:30")
    assert republished(was, plain(2, "s0", "s1"), "migrate", CORP, at("03 12:00")).status == "COMPLETED"


def test_o_s10_a_goal_cancels_what_is_open() -> None:
    x = exited(go(a3(), SOP_A, "07 20:00"), "goal", at("07 21:00"))
    assert (x.status, x.why, x.runs[-1].status, x.look_at) == ("EXITED", "goal", "CANCELLED", None)


def test_o_s11_after_an_outage() -> None:
    t = sent(go(in_sop(SOP_T, "02 10:15"), SOP_T, "02 10:20"), SOP_T, "02 10:30")
    assert decided(t, SOP_T, "05 12:00") == Decision("miss", "late")
    a = sent(go(in_sop(SOP_A, "02 10:15"), SOP_A, "02 10:15"), SOP_A, "02 10:40")
    assert (due(a), decided(a, SOP_A, "05 12:00")) == ("03-03 10:00", Decision("dispatch"))
    assert go(a, SOP_A, "05 12:00").look_at == at("05 16:00"), "reminded four hours after it was dispatched"


def test_3_6_the_waits_of_a_step_that_is_not_sent() -> None:
    x = go(in_sop(SOP_A, "02 10:15"), SOP_A, "02 10:15")
    seen = []
    while x.look_at:
        seen.append(shown(x.look_at))
        x = replace(x, reminded=x.reminded + 1)
        x = replace(x, look_at=None) if len(seen) == 4 else _waited(x)
    assert seen == ["03-02 14:15", "03-03 09:00", "03-03 10:15", "03-09 10:15"]
    late = go(in_sop(SOP_A, "02 20:30"), SOP_A, "02 20:30")
    assert shown(late.look_at) == "03-03 09:00", "00:30 moves to the end of the quiet hours, once"


def _waited(was: Enrollment) -> Enrollment:
    return replace(was, look_at=next_look(was, SOP_A, CORP))


def test_a_window_of_timed_steps_bounds_what_a_cap_puts_off() -> None:
    t = in_sop(SOP_T, "02 10:15")
    full = Touches({"x": at("02 09:30")})
    assert decided(t, SOP_T, "02 10:20", Seen(touches=full)) == Decision("miss", "cap")
    wide = replace(SOP_T, steps=tuple(replace(each, late_minutes=24 * 60) for each in SOP_T.steps))
    assert decided(t, wide, "02 10:20", Seen(touches=full)) == Decision("defer", "cap", at("03 09:00"))


def test_168_hours_roll() -> None:
    a = sent(go(in_sop(SOP_A, "02 10:15"), SOP_A, "02 10:15"), SOP_A, "08 10:40")
    three = Touches({"1": at("02 10:15"), "2": at("04 10:00"), "3": at("06 10:00")})
    assert decided(a, SOP_A, "09 10:00", Seen(touches=three)) == Decision("defer", "cap", at("10 10:00"))
    assert decided(a, SOP_A, "09 10:20", Seen(touches=three)) == Decision("dispatch")


def test_the_order_of_the_checks() -> None:
    x = a3()
    everything = Seen(friends=False, fits=False, goal=True, applies=False, opted_out=True)
    assert decided(x, SOP_A, "07 20:00", everything).why == "lost_relation"
    seen = replace(everything, friends=True)
    assert decided(x, SOP_A, "07 20:00", seen).why == "goal"
    assert decided(x, SOP_A, "07 20:00", replace(seen, goal=False)).why == "segment"
    assert decided(x, SOP_A, "07 20:00", replace(seen, fits=True, goal=False)) == Decision(
        "skip", "condition"
    )
    out = Seen(opted_out=True)
    assert decided(x, SOP_A, "07 20:00", out) == Decision("exit", "optout")
    service = replace(SOP_A, purpose="service")
    assert decided(x, service, "07 20:00", out) == Decision("skip", "optout")
    assert decided(x, SOP_A, "07 21:30") == Decision("defer", "quiet", at("08 09:00"))
    assert decided(x, SOP_A, "07 20:00", Seen(staff_full=True)) == Decision("defer", "staff", at("08 09:00"))
    assert decided(x, SOP_A, "07 20:00", Seen("paused")).kind == "pause"
    assert decided(x, SOP_A, "07 20:00", Seen("stopped")) == Decision("exit", "stopped")


def test_a_week_is_long_enough_to_wait() -> None:
    x = go(in_sop(SOP_A, "02 10:15"), SOP_A, "02 10:15")
    assert x.dispatched[0].at + timedelta(days=7) == at("09 10:15")


@pytest.mark.parametrize(("worked", "expected"), [((1, 2, 3, 4, 5), "03-09 10:00"), ((7,), "03-08 10:00")])
def test_a_day_off_moves_a_step_to_the_next_working_day_where_there_is_one(
    worked: tuple[int, ...], expected: str
) -> None:
    on_workdays = Schedule(days=5, at="10:00", workdays=True)
    version = Version("W", 1, "W", "step_by_step", (Step("w", "w", schedule=on_workdays),))
    corp = replace(CORP, workdays=worked)
    assert shown(fitting(at("07 10:00"), on_workdays, version, corp)) == expected
    unannounced = at("07 10:00").replace(year=2097)
    assert fitting(unannounced, on_workdays, version, replace(CORP, workdays=())) == unannounced
