"""Short ways for tests of leads: what is in force, what happened, and the stream played until it is quiet."""

import json
from datetime import UTC, datetime
from typing import Any

from tests.component.conftest import app_of

PHONE = "13800138000"


def in_force(*members: Any, pool: str = "P", **rule: Any) -> None:
    """Put a pool of the members, by userid or as they are, with one rule in force."""
    from scrm import clock
    from scrm.leads import rules_dynamodb
    from scrm.leads.policy import Member, Pool, RuleOfPool, RuleSet

    there = tuple(
        Member(each, place) if isinstance(each, str) else each for place, each in enumerate(members)
    )
    rules = (RuleOfPool("R", pool, **rule),)
    pools = (Pool(pool, "公海", there),)
    rules_dynamodb.add(RuleSet(rules=rules, pools=pools, default_pool=pool), "admin", clock.now())


def play(tables: Any, queues: Any, lambda_context: Any) -> None:
    """Let everything follow that follows from what changed: the stream, then the decisions it asks for."""
    while records := tables.stream():
        told = app_of("react_to_changes").handler({"Records": records}, lambda_context)
        assert told == {"batchItemFailures": []}
        for number, message in enumerate(queues.messages("LeadIntake")):
            record = {"messageId": str(number), "body": json.dumps(message)}
            answer = app_of("assign_leads").handler({"Records": [record]}, lambda_context)
            assert answer == {"batchItemFailures": []}


def night(now: datetime, tables: Any, queues: Any, lambda_context: Any) -> None:
    """Run the night's schedule at a moment, and the jobs that it starts to their end."""
    event = {"time": now.astimezone(UTC).isoformat().replace("+00:00", "Z")}
    app_of("apply_retention").handler(event, lambda_context)
    while records := tables.stream("night"):
        app_of("react_to_changes").handler({"Records": records}, lambda_context)
        for number, body in enumerate(queues.messages("Jobs")):
            record = {"messageId": str(number), "body": json.dumps(body), "eventSourceARN": "a:b:c:d:e:Jobs"}
            app_of("run_job").handler({"Records": [record]}, lambda_context)


def lead(lead_id: str) -> Any:
    """Return a lead as it is stored."""
    from scrm.leads import dynamodb as stored

    return stored.lead(lead_id)


def leads() -> list[Any]:
    """Return every lead, as they were created."""
    from scrm.leads.dynamodb import CreatedRow

    found = [lead(each.sk.partition("#")[2]) for each in CreatedRow.query("LEADS#2026-03")]
    return [each for each in found if each]


def told_of(lead_id: str) -> list[Any]:
    """Return the touches of a lead, the latest first."""
    from scrm.leads.touches_dynamodb import touches

    return touches(lead_id, 50)


def closed(lead_id: str, status: str) -> None:
    """Close an owned lead: WON by evidence, or LOST by its owner."""
    from dataclasses import replace

    from scrm import clock
    from scrm.leads.living import change

    def close(lead: Any, _pool: Any) -> Any:
        return replace(lead, status=status, closed_at=clock.now(), trigger="give_up", reason="test")

    change(lead_id, close, clock.now())


def held_by(userid: str) -> int:
    """Return how many open leads are counted for a member."""
    from scrm.leads.loads_dynamodb import load_of

    return load_of(userid).open


def notices(queues: Any) -> list[dict[str, Any]]:
    """Return and remove the notices that members are to get."""
    return [each["notice"] for each in queues.messages("Notifications") if each["kind"] == "notice"]
