"""LED-12: rules tried on leads of the past come to what the engine came to, lead by lead."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.component.console import Ask, ask, corp, wecom

__all__ = ["ask", "corp", "wecom"]

MORNING = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _clock(at: Any, tables: Any) -> Iterator[None]:
    at("2026-03-05T10:15:00+08:00")
    yield
    from scrm.kept import Kept

    Kept.forget_all()


def set_up(ask: Ask) -> dict[str, Any]:
    """Put a pool of three with shifts, weights and caps, and three rules in force; return the rules."""
    shift = [{"start": "09:00", "end": "18:00"}]
    members = [
        {"userid": "lisi", "weight": 3, "shifts": shift, "daily_cap": 4},
        {"userid": "wangwu", "weight": 2, "shifts": shift, "regions": ["330000"], "max_open": 9},
        {"userid": "zhangsan", "shifts": shift, "skills": {"english": 2}},
    ]
    body = {"pool_id": "east", "name": "华东", "members": members}
    assert ask("POST", "/admin/pools", body).status == 201
    asked = {
        "default_pool": "east",
        "rules": [
            {
                "rule_id": "zj",
                "pool_id": "east",
                "fits": {"regions": ["330000"]},
                "by_region": True,
                "priority": 1,
            },
            {"rule_id": "en", "pool_id": "east", "fits": {"sources": ["partner"]}, "skills": {"english": 2}},
            {
                "rule_id": "all",
                "pool_id": "east",
                "algorithm": "weighted",
                "off_hours": "queue_until_open",
                "priority": 200,
            },
        ],
    }
    version = ask("GET", "/admin/lead-rules").json["version"]
    assert ask("PUT", "/admin/lead-rules", {**asked, "version": version}).status == 200
    return asked


def the_engine_gives(function: Any, context: Any) -> dict[str, tuple[str, str]]:
    """Let 40 leads come over two days and nights, with the clock's ticks; return whose each is and why."""
    from scrm.leads import dynamodb as stored
    from scrm.leads.assigning import assign
    from scrm.leads.model import Lead

    recycle = function("recycle_leads").handler
    for number in range(40):
        now = MORNING + timedelta(minutes=53 * number)
        for minute in range(53):
            tick = now - timedelta(minutes=52 - minute)
            if tick.minute == 0:
                recycle({"time": tick.isoformat().replace("+00:00", "Z")}, context)
        region = ("330106", "310000", "", "110101")[number % 4]
        source: Any = ("website", "partner", "import")[number % 3]
        sticky = (("last_won", "zhangsan"),) if number % 11 == 10 else ()
        lead_id = f"ld{number:02}"
        new = Lead(lead_id, "NEW", source, region=region, sticky=sticky, created_at=now, updated_at=now)
        stored.create(new, {}, now)
        assign(lead_id, 0, now)
    for hour in range(15):
        tick = now.replace(minute=0) + timedelta(hours=hour + 1)
        recycle({"time": tick.isoformat().replace("+00:00", "Z")}, context)
    found = {}
    for number in range(40):
        lead = stored.lead(f"ld{number:02}")
        assert lead is not None
        found[lead.lead_id] = (lead.owner, lead.reason)
    return found


def test_a_dry_run_is_equal_to_what_the_engine_does(
    ask: Ask, tables: Any, function: Any, lambda_context: Any
) -> None:
    asked = set_up(ask)
    given = the_engine_gives(function, lambda_context)
    before = tables.typed()
    period = {"since": "2026-03-02T00:00:00+08:00", "until": "2026-03-04T12:00:00+08:00"}

    tried = ask("POST", "/admin/lead-rules:preview", {**asked, **period})

    assert tried.status == 200, tried.text
    outcomes = {each["lead_id"]: (each["userid"], each["why"]) for each in tried.json["outcomes"]}
    assert outcomes == given
    assert {each["rule_id"] for each in tried.json["outcomes"]} == {"", "zj", "en", "all"}
    assert any(each["decided_at"] != each["created_at"] for each in tried.json["outcomes"])
    assert [each["owner_now"] for each in tried.json["outcomes"]] == [owner for owner, _ in given.values()]
    assert tables.typed() == before
    weighted = next(each for each in tried.json["fairness"] if each["rule_id"] == "all")
    assert sum(each["given"] for each in weighted["members"]) == sum(
        each["rule_id"] == "all" for each in tried.json["outcomes"]
    )
    assert 0 < weighted["jain"] <= 1


def test_other_rules_come_to_something_else_without_being_in_force(
    ask: Ask, function: Any, lambda_context: Any
) -> None:
    asked = set_up(ask)
    the_engine_gives(function, lambda_context)
    asked["rules"] = [{"rule_id": "one", "pool_id": "small"}]
    asked["default_pool"] = "small"
    asked["pools"] = [{"pool_id": "small", "name": "小", "members": [{"userid": "lisi", "max_open": 2}]}]
    period = {"since": "2026-03-02T00:00:00+08:00", "until": "2026-03-04T12:00:00+08:00"}

    tried = ask("POST", "/admin/lead-rules:preview", {**asked, **period}).json

    assert tried["by_why"] == {"sticky": 3, "rule": 2, "nobody_free": 35}
    assert tried["fairness"][0]["members"] == [{"userid": "lisi", "weight": 1, "given": 2}]
    assert ask("GET", "/admin/lead-rules").json["rules"][0]["rule_id"] == "zj"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"until": "2026-03-01T00:00:00+08:00"}, "until"),
        ({"until": "2026-05-01T00:00:00+08:00"}, "until"),
        ({"default_pool": "nowhere"}, "default_pool"),
        (
            {"pools": [{"pool_id": "east", "name": "华东", "members": [{"userid": "nobody"}]}]},
            "pools.0.members.0.userid",
        ),
    ],
)
def test_what_cannot_be_tried_is_named(ask: Ask, changes: dict[str, Any], field: str) -> None:
    asked = set_up(ask)
    period = {"since": "2026-03-02T00:00:00+08:00", "until": "2026-03-04T12:00:00+08:00"}

    refused = ask("POST", "/admin/lead-rules:preview", {**asked, **period, **changes})

    assert refused.status == 422
    assert field in [each["field"] for each in refused.json["errors"]]
