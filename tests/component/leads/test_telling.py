"""Every decision is explained: stages, who was eligible, who was not and why, what happens next and when."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

NOW = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)


@pytest.fixture
def staff(tables: Any) -> None:
    """Two members who work and one who left."""
    from scrm.staff.dynamodb import StaffRow
    from scrm.staff.model import Member

    for userid, name, status in (("A", "安心", "active"), ("B", "白露", "active"), ("C", "陈晨", "departed")):
        StaffRow.of(Member(userid, name, status=status)).save()  # type: ignore[arg-type]  # statuses


def in_force(*members: Any, protection: Any = None, **rule: Any) -> None:
    """Put a pool of the members with one rule in force."""
    from scrm.leads import rules_dynamodb
    from scrm.leads.policy import Pool, RuleOfPool, RuleSet
    from scrm.leads.protection import Policy

    pool = Pool("P", "华东公海", members, protection=protection or Policy())
    rules = (RuleOfPool("R", "P", **rule),)
    rules_dynamodb.add(RuleSet(rules=rules, pools=(pool,), default_pool="P"), "a", NOW)


def arrived(**changes: Any) -> None:
    """Store a new lead L."""
    from scrm.leads import dynamodb as stored
    from scrm.leads.model import Lead

    lead = Lead("L", "NEW", "website", trigger="create", created_at=NOW, updated_at=NOW, **changes)
    stored.create(lead, {}, NOW)


def told_by_the_stream(tables: Any, function: Any, context: Any) -> None:
    """Let the history follow."""
    function("react_to_changes").handler({"Records": tables.stream()}, context)


def test_an_assigned_lead_says_who_might_have_had_it_and_what_happens_next(
    staff: None, tables: Any, queues: Any, function: Any, lambda_context: Any
) -> None:
    from scrm.leads.assigning import assign
    from scrm.leads.policy import Member
    from scrm.leads.protection import Policy
    from scrm.leads.telling import explained

    terms = Policy(default_days=10, max_days=20, idle_days=5, first_sla=timedelta(hours=2))
    in_force(Member("A", 0), Member("B", 1, max_open=0), Member("C", 2), protection=terms)
    arrived(sticky=(("friend", "C"),))
    assign("L", 0, NOW)
    told_by_the_stream(tables, function, lambda_context)

    told = explained("L", NOW)

    assert told.decision is not None
    assert (told.decision.why, told.decision.rule_id, told.decision.rules_version) == ("rule", "R", 1)
    *before, sticky, rule = told.decision.stages
    assert [(each.stage, each.code) for each in before] == [
        ("normalise", "no_keys"),
        ("blacklist", "passed"),
        ("dedupe", "new"),
    ]
    assert (sticky.code, sticky.sentence) == ("sticky_inactive", "陈晨已停用，不再沿用")
    assert [each["name"] for each in rule.eligible] == ["安心"]
    assert [(each["userid"], each["reason"], each["text"]) for each in rule.not_eligible] == [
        ("B", "full", "持有线索已达上限"),
        ("C", "inactive", "已停用或离职"),
    ]
    assert [each.sentence for each in told.history] == ["线索进入系统", "分配给安心（按规则分配）"]
    assert [(each.code, each.at) for each in told.next] == [
        ("R1", NOW.replace(hour=4)),
        ("remind", NOW + timedelta(days=9)),
        ("R2", NOW + timedelta(days=10)),
        ("protection_over", NOW + timedelta(days=10)),
        ("R4", NOW + timedelta(days=20)),
    ]
    assert told.next[0].sentence == "2026-03-02 12:15 前没有变化则收回（未在规定时间内首次跟进），换人分配"


def test_the_decision_is_told_by_its_own_version_after_later_steps_and_rules(
    staff: None, tables: Any, queues: Any, function: Any, lambda_context: Any
) -> None:
    from scrm.leads.assigning import assign
    from scrm.leads.living import change
    from scrm.leads.policy import Member
    from scrm.leads.steps import followed, recycled
    from scrm.leads.telling import explained

    in_force(Member("A", 0), Member("B", 1))
    arrived()
    assign("L", 0, NOW)
    in_force(Member("B", 0))
    later = NOW + timedelta(hours=1)
    change("L", lambda lead, pool: followed(lead, pool.protection, "A", later, later), later)
    change("L", lambda lead, pool: recycled(lead, pool.protection, "owner", "A", later, "不合适"), later)
    told_by_the_stream(tables, function, lambda_context)

    told = explained("L", later)

    assert told.decision is not None
    assert told.decision.rules_version == 1
    assert [each["userid"] for each in told.decision.stages[-1].eligible] == ["A", "B"]
    assert [each.sentence for each in told.history[2:]] == ["安心跟进", "安心退回公海（不合适）"]
    assert [each.sentence for each in told.next] == [
        "安心 2026-03-03 11:15 起可以再领取",
        "公海「华东公海」的成员可以领取",
    ]


def test_what_waits_says_until_when_and_what_is_closed_has_no_next(staff: None, tables: Any) -> None:
    from scrm.channel_codes.model import Shift
    from scrm.leads.assigning import assign
    from scrm.leads.living import change
    from scrm.leads.policy import Member
    from scrm.leads.steps import moved
    from scrm.leads.telling import explained

    in_force(Member("A", shifts=(Shift("14:00", "18:00"),)), off_hours="queue_until_open")
    arrived()
    assign("L", 0, NOW)

    (waits,) = explained("L", NOW).next
    assert (waits.at, waits.sentence) == (NOW.replace(hour=6, minute=0), "2026-03-02 14:00 开班时分配")

    change("L", lambda lead, _: moved(lead, "invalidate", "system", "system", NOW, "空号"), NOW)
    assert explained("L", NOW).next == ()


def test_a_lead_nobody_knows_is_not_explained(tables: Any) -> None:
    from scrm.leads.telling import explained

    with pytest.raises(LookupError):
        explained("nowhere", NOW)
