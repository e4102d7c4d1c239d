"""Every night, or for the days it is told: counts closed days anew, for reports over long periods."""

from typing import Any

from scrm import clock, initialised
from scrm.reports.snapshotting import asked_days, snapshot
from scrm.telemetry import Log, count

log = Log("snapshot_reports")
initialised()


def handler(event: dict[str, Any], context: object) -> dict[str, int]:
    """Return how many days were counted, of how many relations. Safe to repeat, late or twice."""
    with log.invocation(context):
        first, last = asked_days(event, clock.scheduled(event))
        relations = snapshot(first, last)
        count("days_snapshot", last - first + 1)
        return {"days": last - first + 1, "relations": relations}
