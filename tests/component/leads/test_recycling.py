"""Leads by the clock: L16, L17, L15's cooldown, R1 to R4 at the minute, reminders once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

BEIJING = timezone(timedelta(hours=8))


def at(day: str, clock: str = "00:00") -> datetime:
    """Return a moment in Beijing, in UTC."""
    return datetime.fromisoformat(f"{day}T{clock}:00").replace(tzinfo=BEIJING).astimezone(UTC)


@pytest.fixture
def staff(tables: Any) -> None:
    """Two members who work."""
    from scrm.staff.dynamodb import StaffRow
    from scrm.staff.model import Member

    for userid in ("U1", "U2"):
        StaffRow.of(Member(userid, userid)).save()


def in_force(**policy: Any) -> None:
    """Put a pool of two with round robin in force, on these terms."""
    from scrm.leads import rules_dynamodb
    from scrm.leads.policy import Member, Pool, RuleOfPool, RuleSet
    from scrm.leads.protection import Policy

    pool = Pool("P", "公海", (Member("U1", 0), Member("U2", 1)), protection=Policy(**policy))
    rules = RuleSet(rules=(RuleOfPool("R", "P"),), pools=(pool,), default_pool="P")
    rules_dynamodb.add(rules, "admin", at("2019-01-01"))


def owned(now: datetime) -> None:
    """Let a lead come and be given to U1."""
    from scrm.leads import dynamodb as stored
    from scrm.leads.assigning import assign
    from scrm.leads.model import Lead

    stored.create(Lead("L", "NEW", "website", created_at=now), {}, now)
    assign("L", 0, now)
    assert the_lead().owner == "U1"


def the_lead() -> Any:
    """Return the lead as it is."""
    from scrm.leads import dynamodb as stored

    return stored.lead("L")


def tick(function: Any, now: datetime, context: Any) -> int:
    """Run the function at a moment; return how many leads it looked at."""
    event = {"time": now.isoformat().replace("+00:00", "Z")}
    return int(function("recycle_leads").handler(event, context)["looked_at"])


def test_l16_at_the_minute(staff: None, function: Any, lambda_context: Any) -> None:
    from scrm.leads.living import change
    from scrm.leads.steps import followed

    in_force(default_days=10, extend_days=3, max_days=20)
    owned(at("2019-03-25"))
    for day in ("03-28", "04-02", "04-05", "04-08", "04-11", "04-13"):
        acted = at(f"2019-{day}")
        change("L", lambda lead, pool, acted=acted: followed(lead, pool.protection, "U1", acted, None), acted)

    assert the_lead().protect_until == at("2019-04-14")
    tick(function, at("2019-04-13", "23:59"), lambda_context)
    assert the_lead().status == "FOLLOWING"
    tick(function, at("2019-04-14"), lambda_context)
    lead = the_lead()
    assert (lead.status, lead.owner, lead.reason, lead.recycle_count) == ("POOLED", "", "R4", 1)
    assert lead.cooling(at("2019-04-14", "23:59")) == {"U1"}


@pytest.mark.parametrize(("followed_at", "owner"), [("09:59", "U1"), (None, "U2")])
def test_l17_the_first_sla_in_working_time(
    staff: None, function: Any, lambda_context: Any, followed_at: str | None, owner: str
) -> None:
    from scrm.leads.living import change
    from scrm.leads.steps import followed

    in_force(first_sla=timedelta(hours=2))
    owned(at("2026-03-06", "17:00"))
    assert the_lead().first_due == at("2026-03-09", "10:00")
    if followed_at:
        acted = at("2026-03-09", followed_at)
        change("L", lambda lead, pool: followed(lead, pool.protection, "U1", acted, None), acted)

    assert tick(function, at("2026-03-09", "09:59"), lambda_context) == 0
    tick(function, at("2026-03-09", "10:01"), lambda_context)

    assert the_lead().owner == owner
    assert tick(function, at("2026-03-09", "10:02"), lambda_context) == 0


def test_led_24_one_reminder_a_day_before_protection_ends(
    staff: None, function: Any, lambda_context: Any
) -> None:
    in_force(default_days=10, remind_days=1)
    owned(at("2026-03-02", "10:15"))

    assert tick(function, at("2026-03-11", "10:14"), lambda_context) == 0
    assert tick(function, at("2026-03-11", "10:15"), lambda_context) == 1
    assert tick(function, at("2026-03-11", "10:15"), lambda_context) == 0
    lead = the_lead()
    assert (lead.owner, lead.trigger, lead.reminded_for) == ("U1", "remind", lead.protect_until)


def test_r2_an_idle_lead_returns_when_protection_is_over(
    staff: None, function: Any, lambda_context: Any
) -> None:
    from scrm.leads.loads_dynamodb import load_of

    in_force(default_days=3, idle_days=2, max_days=None, remind_days=0)
    owned(at("2026-03-02", "10:15"))

    tick(function, at("2026-03-05", "10:14"), lambda_context)
    assert (the_lead().owner, load_of("U1").open) == ("U1", 1)
    tick(function, at("2026-03-05", "10:15"), lambda_context)
    assert (the_lead().status, the_lead().reason, load_of("U1").open) == ("POOLED", "R2", 0)


def test_a_locked_lead_stays(staff: None, function: Any, lambda_context: Any) -> None:
    from scrm.leads.living import change

    in_force(max_days=5)
    owned(at("2026-03-02"))
    change("L", lambda lead, _: replace(lead, locked=True), at("2026-03-02"))

    assert tick(function, at("2027-03-02"), lambda_context) == 0
    assert the_lead().owner == "U1"


def test_the_third_recycle_goes_to_nurture(staff: None, tables: Any) -> None:
    from scrm.leads.claiming import claim
    from scrm.leads.living import change, pool_of
    from scrm.leads.steps import recycled

    in_force(cooldown=timedelta(0))
    now = at("2026-03-02")
    owned(now)
    for expected in ("POOLED", "POOLED", "NURTURE"):
        change("L", lambda lead, pool: recycled(lead, pool.protection, "owner", "U1", now, "不合适"), now)
        assert the_lead().status == expected
        if expected == "POOLED":
            claim("L", pool_of(the_lead(), now), "U1", now)
    assert the_lead().recycle_count == 3


def test_a_lead_whose_terms_were_lengthened_is_looked_at_once_and_then_at_its_new_time(
    staff: None, tables: Any, function: Any, lambda_context: Any
) -> None:
    in_force(default_days=3, idle_days=2, max_days=None, remind_days=1)
    owned(at("2026-03-02", "10:15"))
    tick(function, at("2026-03-04", "10:15"), lambda_context)
    in_force(default_days=3, idle_days=9, max_days=None, remind_days=1)
    version = the_lead().version

    assert tick(function, at("2026-03-05", "10:15"), lambda_context) == 1
    assert tick(function, at("2026-03-05", "10:16"), lambda_context) == 0
    assert (the_lead().owner, the_lead().version) == ("U1", version)
    tick(function, at("2026-03-11", "10:15"), lambda_context)
    assert (the_lead().status, the_lead().reason) == ("POOLED", "R2")
