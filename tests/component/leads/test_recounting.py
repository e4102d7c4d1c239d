"""G6: the night's recount finds a load that drifted, mends it, and leaves the others alone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.component.leads import playing

NOW = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)
NIGHT = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)


@pytest.fixture
def held(tables: Any) -> None:
    """A has three leads and B two, given by turns."""
    from scrm.leads import dynamodb as stored
    from scrm.leads import rules_dynamodb
    from scrm.leads.assigning import assign
    from scrm.leads.model import Lead
    from scrm.leads.policy import Member, Pool, RuleOfPool, RuleSet
    from scrm.staff.dynamodb import StaffRow
    from scrm.staff.model import Member as Staff

    for each in "AB":
        StaffRow.of(Staff(each, each)).save()
    pool = Pool("P", "公海", (Member("A", 0), Member("B", 1)))
    rules_dynamodb.add(RuleSet(rules=(RuleOfPool("R", "P"),), pools=(pool,), default_pool="P"), "a", NOW)
    for number in range(5):
        new = Lead(f"ld{number}", "NEW", "website", trigger="create", created_at=NOW, updated_at=NOW)
        stored.create(new, {}, None)
        assign(f"ld{number}", 0, NOW)


def drifted(userid: str, by: int) -> None:
    """Let a load be off, as no write of ours leaves it."""
    from scrm.leads.loads_dynamodb import LoadRow

    row = LoadRow.get("LOADS", userid)
    row.open += by
    row.save()


def night(now: datetime, tables: Any, queues: Any, context: Any) -> Any:
    """Run the night's schedule at a moment, and what it starts; return the recount's job."""
    from scrm.jobs.dynamodb import Jobs
    from scrm.leads.recounting import KIND
    from scrm.moments import BEIJING

    playing.night(now, tables, queues, context)
    job = Jobs().job(f"{KIND}-{now.astimezone(BEIJING).date().isoformat()}")
    assert job is not None
    return job


def test_g6_a_drift_is_found_and_mended(
    held: None, tables: Any, queues: Any, lambda_context: Any, at: Any
) -> None:
    from scrm.leads.loads_dynamodb import load_of

    at("2026-03-03T03:00:00+08:00")
    drifted("a", 2)

    job = night(NIGHT, tables, queues, lambda_context)

    assert (job.status, job.done) == ("done", 1)
    assert (load_of("A").open, load_of("B").open) == (3, 2)
    assert load_of("A").given == 3


def test_g6_who_was_given_something_a_moment_ago_is_left_for_the_next_night(held: None) -> None:
    from scrm.jobs.model import Chunk, Job, Work
    from scrm.leads.loads_dynamodb import load_of
    from scrm.leads.recounting import KIND, run

    drifted("b", -1)
    job = Job("j", KIND, "system", NOW)

    soon = run(Work(job, Chunk("1", ("a", "b")), NOW + timedelta(minutes=9)))
    later = run(Work(job, Chunk("1", ("a", "b")), NOW + timedelta(minutes=10)))

    assert (soon.done, later.done) == (0, 1)
    assert load_of("B").open == 2
