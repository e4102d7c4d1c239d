"""Every night: deletes what was kept long enough, starts walks, looks at who left, wakes what waited."""

from typing import Any

from scrm import clock, initialised
from scrm.groups import nightly as groups
from scrm.jobs.waking_dynamodb import wake
from scrm.leads import aging, recounting, undecided
from scrm.offboarding import departing
from scrm.privacy.retaining import apply
from scrm.telemetry import Log, count

log = Log("apply_retention")
initialised()


def handler(event: dict[str, Any], context: object) -> dict[str, int]:
    """Return how many rows went, by family. Safe to repeat."""
    with log.invocation(context):
        now = clock.scheduled(event)
        recounting.start(now)
        undecided.start(now)
        aging.start(now)
        departing.nightly(now)
        groups.start(now)
        count("chunks_woken", wake(now))
        gone = apply(now)
        for family, rows in gone.items():
            count("past_due_deleted", rows, family=family)
        return gone
