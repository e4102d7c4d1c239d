"""The life of a lead by spec 2.3, 4.3 to 4.5, and the oracles L16, L17, L18, L22 as far as they are pure."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from scrm.leads.dedupe import Match, company_key, met
from scrm.leads.machine import OPEN, STATUSES, STEPS, Actor, NotAllowed, Status, Trigger, after, allowed
from scrm.leads.protection import Held, Policy, began, extended, fired, goes_to, limits, next_limit, remind_at
from scrm.leads.worktime import due_after
from scrm.settings.model import Settings
from scrm.workdays import NeverWorks

BEIJING = timezone(timedelta(hours=8))


def at(day: str, clock: str = "00:00") -> datetime:
    """Return a moment in Beijing."""
    return datetime.fromisoformat(f"{day}T{clock}:00").replace(tzinfo=BEIJING)


def test_l16_protection_is_extended_up_to_its_end() -> None:
    policy = Policy(default_days=10, extend_days=3, max_days=20)
    protection = began(at("2019-03-25"), policy)
    until = [protection.until]
    for day in ("03-28", "04-02", "04-05", "04-08", "04-11", "04-13"):
        protection = extended(protection, at(f"2019-{day}"), policy)
        until.append(protection.until)

    days = ["04-04", "04-04", "04-05", "04-08", "04-11", "04-14", "04-14"]
    assert until == [at(f"2019-{day}") for day in days]
    held = Held("FOLLOWING", at("2019-03-25"), protection, followed_at=at("2019-04-13"))
    assert fired(held, policy, at("2019-04-13", "23:59")) is None
    assert fired(held, policy, at("2019-04-14")) == "R4"


def test_led_05_protected_ten_days_owned_twenty() -> None:
    protection = began(at("2026-03-02", "10:15"), Policy())

    assert protection.until == at("2026-03-12", "10:15")
    assert protection.hard_until == at("2026-03-22", "10:15")
    assert remind_at(protection, Policy()) == at("2026-03-11", "10:15")


def test_l17_two_business_hours_over_a_weekend() -> None:
    policy = Policy(first_sla=timedelta(hours=2))
    owned = at("2026-03-06", "17:00")
    due = due_after(owned, timedelta(hours=2), Settings())
    held = Held("ASSIGNED", owned, began(owned, policy), first_due=due)

    assert due == at("2026-03-09", "10:00")
    assert (
        fired(replace(held, followed_at=at("2026-03-09", "09:59")), policy, at("2026-03-09", "10:01")) is None
    )
    assert fired(held, policy, at("2026-03-09", "09:59")) is None
    assert fired(held, policy, at("2026-03-09", "10:01")) == "R1"


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        (at("2026-03-02", "09:00"), 9, at("2026-03-02", "18:00")),
        (at("2026-03-02", "08:00"), 1, at("2026-03-02", "10:00")),
        (at("2026-03-02", "20:00"), 1, at("2026-03-03", "10:00")),
        (at("2026-03-07", "12:00"), 10, at("2026-03-10", "10:00")),
    ],
)
def test_working_time_runs_only_while_the_corp_works(start: datetime, hours: int, due: datetime) -> None:
    assert due_after(start, timedelta(hours=hours), Settings()) == due


def test_working_time_keeps_holidays_and_moved_workdays() -> None:
    corp = Settings(holidays=("2026-03-02",), extra_workdays=("2026-03-07",))

    assert due_after(at("2026-03-02", "10:00"), timedelta(hours=1), corp) == at("2026-03-03", "10:00")
    assert due_after(at("2026-03-07", "10:00"), timedelta(hours=1), corp) == at("2026-03-07", "11:00")
    with pytest.raises(NeverWorks):
        due_after(at("2049-03-02"), timedelta(hours=1), Settings(workdays=()))


def test_when_several_rules_fire_the_first_of_their_order_is_the_reason() -> None:
    policy = Policy(default_days=1, max_days=2, idle_days=1, stall_days=1)
    owned = at("2026-03-02")
    held = Held("ASSIGNED", owned, began(owned, policy), first_due=owned)
    later = at("2026-03-05")

    assert fired(replace(held, owner_left=True, relations_lost=True), policy, later) == "R5"
    assert fired(held, policy, later) == "R4"
    assert fired(held, policy, at("2026-03-03")) == "R1"
    followed = replace(held, status="FOLLOWING", followed_at=owned)
    assert fired(followed, policy, at("2026-03-03")) == "R3"
    assert fired(replace(followed, advanced_at=later), policy, at("2026-03-03")) == "R2"
    assert fired(replace(held, first_due=None, relations_lost=True), policy, owned) == "R6"


@pytest.mark.parametrize("status", ["SIGNED", "WON", "POOLED", "LOST"])
def test_what_is_signed_won_or_locked_is_never_recycled(status: Status) -> None:
    policy = Policy(idle_days=1, stall_days=1)
    owned = at("2026-03-02")
    held = Held(status, owned, began(owned, policy), owner_left=True)

    assert fired(held, policy, at("2027-03-02")) is None
    assert fired(replace(held, status="INTENT", locked=True), policy, at("2027-03-02")) is None
    assert next_limit(held, policy) is None


def test_limits_tell_when_the_clock_alone_recycles() -> None:
    policy = Policy(default_days=10, max_days=20, idle_days=3, stall_days=15)
    owned = at("2026-03-02")
    held = Held("FOLLOWING", owned, began(owned, policy), followed_at=owned)

    assert limits(held, policy) == {
        "R2": at("2026-03-12"),
        "R3": at("2026-03-17"),
        "R4": at("2026-03-22"),
    }
    assert next_limit(held, policy) == at("2026-03-12")


def test_the_third_recycle_of_any_kind_goes_to_nurture() -> None:
    assert [goes_to(count) for count in (1, 2, 3)] == ["POOLED", "POOLED", "NURTURE"]


def test_l18_and_the_five_situations_of_4_3() -> None:
    owned = Match("L1", "FOLLOWING", "U1")

    assert met([]).outcome == "new"
    assert met([Match("L1", "POOLED")], "U1").outcome == "exists_in_pool"
    assert met([Match("L1", "NURTURE")], "U1").outcome == "exists_in_pool"
    assert met([owned], "u1").outcome == "already_yours"
    assert met([owned], "U2").outcome == met([owned]).outcome == "owned"
    assert met([owned, owned]).appends_touch
    assert met([Match("L1", "WON", "U2"), Match("L2", "LOST", "U3", "9")]).outcome == "renewal"
    assert met([Match("L1", "WON", "U2"), Match("L2", "WON", "U3", "9")]).owner == "U3"
    assert met([Match("L1", "LOST", "U2")]).outcome == "new_after_closed"
    assert met([Match("L1", "MERGED", "U2")]).outcome == "new"
    assert met([owned, Match("L2", "POOLED")]).outcome == "conflict"


@pytest.mark.parametrize(
    "name",
    [
        "杭州云栖科技有限公司",
        "杭州云栖科技股份有限公司",
        "杭州 云栖（滨江）科技",
        "杭州云栖科技(总部)有限责任公司",
    ],
)
def test_a_company_is_compared_without_its_form_brackets_and_blanks(name: str) -> None:
    assert company_key(name) == "杭州云栖科技"


LINES: dict[tuple[Status, Trigger], Status] = {
    (start, step.trigger): step.to or start for step in STEPS for start in step.start
}


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.trigger)
def test_2_3_whatever_is_not_in_the_machine_is_refused(status: Status, step: object) -> None:
    assert isinstance(step, type(STEPS[0]))
    for actor in step.actors:
        if status in step.start:
            assert after(status, step.trigger, actor, "因为") == LINES[status, step.trigger]
        else:
            with pytest.raises(NotAllowed, match="wrong_status"):
                after(status, step.trigger, actor, "因为")


@pytest.mark.parametrize(
    ("status", "trigger", "actor", "code"),
    [
        ("ASSIGNED", "win", "owner", "wrong_status"),
        ("INTENT", "win", "system", "wrong_status"),
        ("POOLED", "claim", "owner", "wrong_actor"),
        ("FOLLOWING", "give_up", "owner", "reason_missing"),
        ("SIGNED", "recycle", "system", "wrong_status"),
        ("WON", "reopen", "manager", "wrong_status"),
    ],
)
def test_led_18_refusals_say_why(status: Status, trigger: Trigger, actor: Actor, code: str) -> None:
    with pytest.raises(NotAllowed) as refused:
        after(status, trigger, actor)

    assert refused.value.code == code


def test_won_and_merged_are_final_but_for_a_full_refund() -> None:
    every: tuple[Actor, ...] = ("owner", "manager", "admin", "pool_member", "finance", "system")

    assert {step for actor in every for step in allowed("WON", actor)} == {"refund"}
    assert not {step for actor in every for step in allowed("MERGED", actor)}
    assert {"WON", "LOST", "INVALID", "MERGED"}.isdisjoint(OPEN)
