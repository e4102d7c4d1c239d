"""L12: when nobody is free the pool's administrators are told, once an hour and pool."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

NOW = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)


@pytest.fixture
def staff(tables: Any) -> None:
    """A member, an administrator of the pool, and one of operations."""
    from scrm.staff.dynamodb import StaffRow
    from scrm.staff.model import Member

    for userid, role in (("A", "staff"), ("boss", "pool_admin"), ("ops", "operations_admin")):
        StaffRow.of(Member(userid, userid, role=role)).save()  # type: ignore[arg-type]  # roles


def in_force(*admins: str, **rule: Any) -> None:
    """Put a pool in force whose only member has no room."""
    from scrm.leads import rules_dynamodb
    from scrm.leads.policy import Member, Pool, RuleOfPool, RuleSet

    pool = Pool("P", "华东公海", (Member("A", max_open=0),), admins)
    rules = RuleSet(rules=(RuleOfPool("R", "P", **rule),), pools=(pool,), default_pool="P")
    rules_dynamodb.add(rules, "a", NOW)


def found_nobody(number: int, now: datetime) -> None:
    """Let a lead come that nobody may have."""
    from scrm.leads import dynamodb as stored
    from scrm.leads.assigning import assign
    from scrm.leads.model import Lead

    lead = Lead(f"ld{number}", "NEW", "website", trigger="create", created_at=now, updated_at=now)
    stored.create(lead, {}, now)
    assign(f"ld{number}", 0, now)


def told(tables: Any, queues: Any, function: Any, context: Any) -> list[tuple[str, str, str]]:
    """Let the stream go on, each record twice; return who was told what by which notice, each once."""
    react = function("react_to_changes").handler
    records = tables.stream()
    react({"Records": records}, context)
    react({"Records": records}, context)
    notices = [each["notice"] for each in queues.messages("Notifications")]
    assert {each["kind"] for each in notices} <= {"alert"}
    return sorted({(each["userid"], each["facts"]["title"], each["id"]) for each in notices})


def test_l12_one_alert_an_hour(
    staff: None, tables: Any, queues: Any, function: Any, lambda_context: Any
) -> None:
    in_force("boss")
    for number, minutes in enumerate((0, 1, 59)):
        found_nobody(number, NOW + timedelta(minutes=minutes))

    (alert,) = told(tables, queues, function, lambda_context)
    assert alert[:2] == ("boss", "公海「华东公海」没有空闲的成员，新线索留在公海")

    found_nobody(3, NOW + timedelta(minutes=60))
    (again,) = told(tables, queues, function, lambda_context)
    assert again[2] != alert[2]


def test_before_there_are_rules_or_members_those_of_operations_are_told(
    staff: None, tables: Any, queues: Any, function: Any, lambda_context: Any
) -> None:
    found_nobody(0, NOW)

    (alert,) = told(tables, queues, function, lambda_context)

    assert alert[:2] == ("ops", "有新线索，但没有适用的分配规则，也没有可以领取的成员，请设置线索分配")


def test_what_members_may_claim_alerts_nobody(
    staff: None, tables: Any, queues: Any, function: Any, lambda_context: Any
) -> None:
    in_force("boss", enabled=False)
    found_nobody(0, NOW)

    assert told(tables, queues, function, lambda_context) == []


def test_without_administrators_those_of_operations_are_told(
    staff: None, tables: Any, queues: Any, function: Any, lambda_context: Any
) -> None:
    in_force()
    found_nobody(0, NOW)

    assert [userid for userid, *_ in told(tables, queues, function, lambda_context)] == ["ops"]


def test_a_pool_that_takes_leads_by_its_rule_alarms_nobody(
    staff: None, tables: Any, queues: Any, function: Any, lambda_context: Any
) -> None:
    from scrm.leads.policy import Fits

    in_force("boss", fits=Fits(sources=("import",)))
    found_nobody(0, NOW)

    assert told(tables, queues, function, lambda_context) == []
