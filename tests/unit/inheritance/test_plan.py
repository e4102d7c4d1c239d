"""When a batch is looked at next, who takes over next, and what a plan ends as. Pure."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scrm.inheritance.model import Item
from scrm.inheritance.plan import Plan, PlanBatch, next_look, next_takeover
from scrm.inheritance.planning import Candidate, Taker, worked_out

NOW = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)


def item(status: str, **more: Any) -> Item:
    return Item("c1", "e1", "h", "t1", status=status, **more)  # type: ignore[arg-type]


def batch(*items: Item) -> PlanBatch:
    return PlanBatch("p", "0001", "onjob", "h", "t1", "", items)


def plan(*takeovers: dict[str, Any], **more: Any) -> Plan:
    return Plan("p", {"mode": "onjob", "takeovers": takeovers}, "r", "admin", NOW, **more)


@pytest.mark.parametrize(
    ("age", "wait"),
    [
        (timedelta(), timedelta(hours=24, minutes=1)),
        (25 * HOUR, HOUR / 6),
        (30 * HOUR, 2 * HOUR),
        (71 * HOUR, timedelta(hours=1, seconds=1)),
        (80 * HOUR, 24 * HOUR),
    ],
)
def test_what_waits_is_asked_for_less_and_less_often(age: timedelta, wait: timedelta) -> None:
    assert next_look(batch(item("WAITING", sent_at=NOW - age)), NOW) == NOW + wait


def test_nothing_is_left_to_look_at_once_all_is_over_and_after_a_month_it_is_given_up() -> None:
    assert next_look(batch(item("SETTLED"), item("REFUSED")), NOW) is None
    assert next_look(batch(item("STUCK", sent_at=NOW - 31 * 24 * HOUR)), NOW) == NOW


def test_what_nobody_knows_of_is_asked_for_in_two_minutes_then_by_the_hour() -> None:
    assert next_look(batch(item("UNKNOWN", at=NOW)), NOW) == NOW + timedelta(minutes=2)
    assert next_look(batch(item("UNKNOWN", at=NOW - 3 * HOUR)), NOW) == NOW + HOUR


def test_what_is_planned_for_later_waits() -> None:
    assert next_look(batch(item("PLANNED")), NOW) == NOW
    assert next_look(batch(item("PLANNED", at=NOW + HOUR)), NOW) == NOW + HOUR


def test_inh_13_the_next_takeover_is_the_plans_next_with_room() -> None:
    four = [{"userid": each} for each in ("t1", "t2", "t3", "t4")]
    assert next_takeover(plan(*four), batch(), {}, 5) == [("t2", 5)]
    assert next_takeover(plan(*four, full=frozenset({"t2"})), batch(), {}, 5) == [("t3", 5)]
    four[1]["max_take"] = 10  # type: ignore[assignment]
    assert next_takeover(plan(*four), batch(), {"t2": 8}, 5) == [("t2", 2), ("t3", 3)]


def test_i6_nobody_gets_more_than_their_max_load_afterwards_either() -> None:
    loads = {"t1": 100, "t2": 80, "t3": 50}
    terms = {
        "mode": "onjob",
        "handovers": ["h"],
        "takeovers": [{"userid": each, "max_load": 120} for each in loads],
        "allocation": "level",
    }
    selected = [Candidate(f"c{each}", f"e{each}", "h") for each in range(200)]
    found = worked_out(terms, selected, [Taker(each, load) for each, load in loads.items()], NOW)
    assert len(found.unassigned) == 70
    running = Plan("p", terms, "r", "admin", NOW, totals=found.totals())
    taken = {each.userid: each.items for each in found.takers}
    assert next_takeover(running, replace(batch(), takeover=""), taken, 70) == []
    assert next_takeover(running, batch(), {**taken, "t3": 60}, 20) == [("t3", 10)]


def test_inh_13_after_the_last_takeover_comes_the_first() -> None:
    last = replace(batch(), takeover="t2")
    assert next_takeover(plan({"userid": "t1"}, {"userid": "t2"}), last, {}, 1) == [("t1", 1)]
    assert next_takeover(plan({"userid": "t2"}), last, {}, 1) == []


def test_i6_a_plan_that_leaves_somebody_with_nobody_ends_partial() -> None:
    running = plan(status="RUNNING", batches=frozenset({"0001"}), finished=frozenset({"0001"}))
    assert running.is_over
    assert running.ends_as == "COMPLETED"
    assert replace(running, totals={"unassigned": 70}).ends_as == "PARTIAL"
    assert replace(running, status="CANCELLED").ends_as == "CANCELLED"
