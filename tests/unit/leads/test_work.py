"""Evidence of stages, what is due, and what follows from work on a lead: the pure rules."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scrm.changes.lead_effects import LeadToDo, ToDoOver
from scrm.changes.lead_news import customer_acted, member_gone
from scrm.changes.lead_work import lead_worked
from scrm.leads.evidence import FollowedBy, known_kinds, missing
from scrm.leads.model import Lead
from scrm.leads.protection import Policy
from scrm.leads.steps import acted, followed
from scrm.leads.wanted import Wanted, due_at, tonight
from scrm.staff.model import Member
from scrm.timeline.model import Entry

NOW = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)
HELD = Lead(
    "L",
    "FOLLOWING",
    "website",
    owner="lisi",
    owned_at=NOW,
    protect_until=NOW + timedelta(days=10),
    hard_until=NOW + timedelta(days=20),
    followed_at=NOW,
    trigger="follow",
    updated_by="lisi",
    updated_at=NOW,
    version=2,
)


def known(*follow_ups: FollowedBy, **more: Any) -> Any:
    return known_kinds(
        (), follow_ups, **{"followed": False, "demand": False, "signed": False, "score": 0, **more}
    )


@pytest.mark.parametrize(
    ("trigger", "there", "lacks"),
    [
        ("follow", known(), ("follow_up",)),
        ("follow", known(followed=True), ()),
        ("qualify", known(followed=True), ("demand",)),
        ("qualify", known(demand=True), ()),
        ("intend", known(FollowedBy("call"), score=59), ("quote", "visit", "score")),
        ("intend", known(FollowedBy("meeting")), ()),
        ("intend", known(FollowedBy("call", 1)), ()),
        ("intend", known(score=60), ()),
        ("sign", known(demand=True), ("contract",)),
        ("sign", known(signed=True), ()),
        ("win", known(signed=True), ("payment", "account_opened")),
        ("give_up", known(), ()),
    ],
)
def test_seg_19_what_a_step_lacks(trigger: Any, there: Any, lacks: tuple[str, ...]) -> None:
    assert missing(trigger, there) == lacks


def test_due_is_the_plan_else_the_first_sla_and_nothing_of_what_nobody_owns() -> None:
    first = NOW + timedelta(hours=2)
    waits = replace(HELD, followed_at=None, first_due=first)
    plan = replace(HELD, next_follow_at=tonight(NOW))

    assert (due_at(waits), due_at(replace(HELD, first_due=first))) == (first, None)
    assert due_at(replace(waits, status="POOLED", owner="")) is None
    assert Wanted(NOW, due="today").fits(plan)
    assert not Wanted(NOW, due="today").fits(
        replace(plan, next_follow_at=tonight(NOW) + timedelta(seconds=1))
    )
    assert not Wanted(NOW, due="overdue").fits(replace(plan, next_follow_at=NOW))


def test_the_same_plan_is_the_same_to_do_and_another_ends_it() -> None:
    at = NOW + timedelta(days=1)
    planned = followed(HELD, Policy(), "lisi", NOW, at)
    opened = lead_worked(HELD, replace(planned, version=3))
    reminded = lead_worked(replace(planned, version=3), replace(planned, trigger="remind", version=4))
    later = followed(planned, Policy(), "lisi", NOW + timedelta(hours=1), None)
    ended = lead_worked(replace(planned, version=3), replace(later, version=4))
    gone = lead_worked(
        replace(planned, version=3), replace(planned, status="LOST", trigger="give_up", version=4)
    )

    assert [type(each) for each in opened] == [LeadToDo]
    assert reminded == []
    assert isinstance(opened[0], LeadToDo)
    assert [each.status for each in ended if isinstance(each, ToDoOver)] == ["done"]
    assert [each.status for each in gone if isinstance(each, ToDoOver)] == ["cancelled"]
    assert {each.task_id for each in (*ended, *gone) if isinstance(each, ToDoOver)} == {opened[0].task.id}


def test_an_activity_before_the_owner_had_it_or_that_gains_nothing_changes_nothing() -> None:
    assert acted(HELD, Policy(), NOW - timedelta(seconds=1)) is HELD
    assert acted(HELD, Policy(), NOW + timedelta(days=7)) is HELD
    assert acted(replace(HELD, status="POOLED"), Policy(), NOW + timedelta(days=8)).trigger == "follow"
    late = acted(HELD, Policy(), NOW + timedelta(days=8))
    assert (late.protect_until, late.trigger) == (NOW + timedelta(days=11), "activity")
    assert acted(HELD, Policy(), NOW + timedelta(days=19)).protect_until == HELD.hard_until


@pytest.mark.parametrize(
    ("kind", "facts", "counts"),
    [
        ("message", {"direction": "inbound"}, True),
        ("message", {"direction": "outbound"}, False),
        ("visit", {}, True),
        ("check_in", {}, True),
        ("sent", {}, False),
        ("touch", {}, False),
    ],
)
def test_what_of_a_customer_extends_protection(kind: Any, facts: Any, counts: bool) -> None:
    assert bool(customer_acted("cu_1", Entry("e", kind, NOW, facts=facts))) is counts


def test_r5_who_is_gone_is_gone_once() -> None:
    works = Member("lisi", "李四")

    assert [bool(member_gone(works, replace(works, status=each))) for each in ("disabled", "left")] == [
        True,
        True,
    ]
    assert member_gone(works, replace(works, status="not_activated")) == []
    assert member_gone(replace(works, status="left"), replace(works, status="disabled")) == []
    assert member_gone(None, replace(works, status="left")) == []
    assert [each.userid for each in member_gone(works, None)] == ["lisi"]
