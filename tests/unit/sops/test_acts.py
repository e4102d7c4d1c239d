"""Acts of customers: goals, points of nurture, marketing that is skipped after an opt-out (3.5, 3.13)."""

from dataclasses import replace

import pytest

from scrm.sops.acts import Act, act_of, acted, activation, asks_for, with_result
from scrm.sops.model import Goal, Schedule, Step, Version
from scrm.sops.moving import befriended
from scrm.timeline.model import Entry
from tests.unit.sops.journeys import CORP, at, go, in_sop, sent, shown

LEADS = Version(
    "C",
    1,
    "培育",
    "step_by_step",
    (
        Step("C1", "电话", "call", points={"同意加微": 15}),
        Step("C2", "报告", schedule=Schedule(on="added"), points={"open": 10}),
        Step("C3", "案例", schedule=Schedule(days=3, at="10:00"), points={"open": 10, "reply": 20}),
        Step("C4", "试用", schedule=Schedule(days=5, at="14:00"), points={"activate": 40}),
        Step("C5", "回访", "call", Schedule(days=10, at="10:00")),
    ),
    subject="lead",
    goals=(Goal("points", points=60),),
)


def entry(kind: str, when: str, **facts: str) -> Act:
    return act_of(Entry("e", kind, at(when), facts=facts))  # type: ignore[arg-type]  # kinds of entries


def test_each_step_gives_its_points_once_for_the_act_it_was_answered_by() -> None:
    it = in_sop(LEADS, "02 10:15", lead_id="L", subject="L")
    assert acted(it, entry("link_open", "02 10:20"), LEADS) == it, "nothing was sent yet"
    it = sent(go(it, LEADS, "02 10:15"), LEADS, "02 10:30")
    assert (it.cursor, it.due_at) == ("C2", None)
    it = befriended(it, "lisi", "wm_1", at("04 11:00"), LEADS, CORP)
    assert (shown(it.due_at), it.owner) == ("03-04 11:00", "lisi")
    it = sent(go(it, LEADS, "04 11:00"), LEADS, "04 11:05")
    for _ in range(2):
        it = acted(it, entry("visit", "05 09:00", page="/report"), LEADS)
    assert (it.points, it.credited) == (10, ("C2.open",))
    it = sent(go(it, LEADS, "07 10:00"), LEADS, "07 10:05")
    it = acted(it, entry("link_open", "06 09:00"), LEADS)
    assert it.points == 10, "it was told late: C3 had not been sent"
    it = acted(acted(it, entry("link_open", "07 11:00"), LEADS), entry("message", "07 12:00"), LEADS)
    assert it.points == 20, "a message of the member is no reply"
    it = acted(it, entry("message", "07 12:00", direction="inbound"), LEADS)
    it = sent(go(it, LEADS, "12 14:00"), LEADS, "12 14:05")
    it = acted(it, activation(at("13 09:00")), LEADS)
    assert (it.points, it.status, it.why, shown(it.ended_at)) == (80, "EXITED", "goal", "03-13 09:00")
    assert acted(it, entry("form", "14 09:00"), LEADS) == it


def test_a_lead_that_asks_for_somebody_is_at_its_goal() -> None:
    it = in_sop(LEADS, "02 10:15", lead_id="L", subject="L")
    assert acted(it, entry("form", "02 11:00"), LEADS).why == "goal"


def test_results_give_points_as_well() -> None:
    it = sent(go(in_sop(LEADS, "02 10:15"), LEADS, "02 10:15"), LEADS, "02 10:30", "同意加微")
    step = LEADS.steps[0]
    it = with_result(it, step, "同意加微", LEADS, at("02 10:30"))
    assert with_result(it, step, "同意加微", LEADS, at("02 10:30")).points == 15


@pytest.mark.parametrize(
    ("event", "kind", "place", "when", "reached"),
    [
        ("check_in", "check_in", "杭州", "02 10:15", True),
        ("check_in:杭州", "check_in", "杭州湖滨", "03 10:00", True),
        ("check_in:杭州", "check_in", "上海", "03 10:00", False),
        ("check_in", "visit", "杭州", "03 10:00", False),
        ("check_in", "check_in", "杭州", "02 10:14", False),  # before they entered
    ],
)
def test_a_goal_is_an_act_since_entering(event: str, kind: str, place: str, when: str, reached: bool) -> None:
    version = replace(LEADS, subject="customer", goals=(Goal("event", event),))
    facts = {"place": place} if kind == "check_in" else {"page": place}
    it = acted(in_sop(version, "02 10:15"), entry(kind, when, **facts), version)
    assert (it.why == "goal") is reached


def test_only_acts_that_may_matter_are_told() -> None:
    found = {
        each for each in ("link_open", "message", "account", "form", "check_in") if asks_for(LEADS, each)
    }
    assert found == {"link_open", "message", "account", "form"}
    assert not any(asks_for(replace(LEADS, subject="customer", steps=()), each) for each in found)
